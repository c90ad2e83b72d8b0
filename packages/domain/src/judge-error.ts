import { digestOfText } from './digest-of-text.ts';
import { TerminalFailure, TransientFailure } from './failure.ts';

/**
 * What may be told of an error in logs, failures and alerts: where it was thrown and of which kind it is, and its words
 * only as far as they can be judged.
 */
export interface JudgedError {
  readonly name: string;
  /** Node's code or Postgres's SQLSTATE; null where there is none. */
  readonly code: string | null;
  readonly message: string;
  /** The frames of the stack, without the message that stands above them. */
  readonly frames: string;
}

/**
 * SQLSTATE classes whose errors quote the value that was refused: data exception, integrity constraint, program limit,
 * raised by a function.
 */
const quotingClasses: ReadonlySet<string> = new Set(['22', '23', '54', 'P0']);
const sqlState = /^[0-9A-Z]{5}$/u;
const lengthMax = 300;

/**
 * Judges an error. Our own failures speak for themselves: whoever made one has judged its words. Of every other error
 * what stands in quotes is cut, because a parser quotes what it could not parse and a database the value that it
 * refused; and of those that are known to do so, all of it.
 */
export function judgeError(error: unknown): JudgedError {
  if (!(error instanceof Error))
    return { name: typeof error, code: null, message: cutWords(String(error)), frames: '' };
  const frames = framesOf(error.stack);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const base = { name: error.name, code, frames };
  if (error instanceof TerminalFailure || error instanceof TransientFailure) return { ...base, message: error.message };
  if ('syscall' in error) return { ...base, message: error.message.slice(0, lengthMax) };
  if (error.name === 'SyntaxError' || (code !== null && sqlState.test(code) && quotingClasses.has(code.slice(0, 2))))
    return { ...base, message: `${constraintOf(error)}${cutWords(error.message)}` };
  return { ...base, message: withoutQuotes(error.message) };
}

/**
 * One sentence on an error that is none of ours, for a record: kind, code, place, and its words as far as they can be
 * judged.
 */
export function describeJudged(error: unknown): string {
  const { name, code, message, frames } = judgeError(error);
  const at = /^\s*at (?:async )?(?:(\S+) \()?(?:file:\/\/)?.*?([^/\\()]+:\d+):\d+\)?$/mu.exec(frames);
  const place = at === null ? '' : ` at ${at[1] === undefined ? '' : `${at[1]} in `}${at[2]}`;
  return `${name}${code === null ? '' : ` ${code}`}: ${message}${place}`;
}

/** The constraint that refused a row: its name is of our schema, whatever the row holds. */
function constraintOf(error: Error): string {
  return 'constraint' in error && typeof error.constraint === 'string' ? `constraint ${error.constraint}; ` : '';
}

function cutWords(text: string): string {
  return `its words are cut, for they may quote a call (${text.length} characters, digest ${digestOfText(text)})`;
}

/**
 * From the first quote to the last: what is quoted may hold quotes itself. An apostrophe inside a word (`can't`) is
 * none.
 */
function withoutQuotes(text: string): string {
  const quoted = /(?:["`“«]|(?<!\p{L})['‘])[^]*(?:["`”»]|['’](?!\p{L}))/u;
  const cut = text.replace(quoted, (words) => `"…" (digest ${digestOfText(words)})`);
  const open = cut === text ? cut.search(/["`“«]/u) : -1;
  const safe = open === -1 ? cut : `${cut.slice(0, open)}"…" (digest ${digestOfText(cut.slice(open))})`;
  return safe.length > lengthMax ? `${safe.slice(0, lengthMax)}…` : safe;
}

function framesOf(stack: string | undefined): string {
  return (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .+(?::\d+:\d+\)?|<anonymous>\)?|\(native\))$/u.test(line))
    .join('\n');
}
