import type { CommandTree } from './command-tree.ts';
import type { Names } from './names-of.ts';

/** Options of other programs that messages name. */
const foreignOptions = new Set(['--version', '--cluster']);
/** What is said of the program itself: no command. */
const verbs = new Set(['is', 'goes', 'takes']);

/** What a sentence names that is not there. */
export function problemsOf(
  sentence: string,
  { names, commands }: { readonly names: Names; readonly commands: CommandTree },
): string[] {
  // A page's markup, and addresses.
  const text = sentence.replaceAll(/<[a-z/][^<>]*>/gu, ' ').replaceAll(/\bhttps?:\S+/gu, ' ');
  const problems: string[] = [];
  for (const [name] of text.matchAll(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/gu)) {
    if (!names.settings.has(name) && !names.settings.has(name.replace(/_FILE$/u, '')))
      problems.push(`no setting ${name}`);
  }
  const any = new Set([...commands.values()].flatMap(({ options }) => [...options]));
  for (const [option] of text.matchAll(/(?<![\w-])--[a-z][a-z-]*/gu)) {
    if (!any.has(option) && !foreignOptions.has(option)) problems.push(`no option ${option}`);
  }
  for (const [, words = ''] of text.matchAll(/(?<![\w@/.-])voxport((?: +[\w<>…"'-]+)+)/gu)) {
    const problem = problemOfCommand(words.trim().split(/ +/u), commands);
    if (problem !== null) problems.push(problem);
  }
  for (const [name] of text.matchAll(/(?<![\w.$/@-])[a-z]+[a-z0-9]*[A-Z][A-Za-z0-9]*\b/gu))
    problems.push(`${name} is no name that a person can set or read`);
  for (const [name] of text.matchAll(/(?<![\w.$/@-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/gu)) {
    if (!names.keys.has(name) && !names.others.has(name)) problems.push(`no name ${name}`);
  }
  for (const [, key = ''] of text.matchAll(
    /\b([a-z][a-z0-9_]*): (?:auto|always|never|true|false|off|poll|webhook|newest|changed|all)\b/gu,
  )) {
    if (!names.keys.has(key)) problems.push(`no setting ${key}`);
  }
  return problems;
}

function problemOfCommand(words: readonly string[], commands: CommandTree): string | null {
  let path = '';
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at]!;
    const { below } = commands.get(path)!;
    if (below.size === 0 || !/^[a-z][a-z-]*$/u.test(word)) break;
    if (path === '' && verbs.has(word)) return null;
    const next = path === '' ? word : `${path} ${word}`;
    if (!below.has(word)) return path === '' || isNear(word, below) ? `no command voxport ${next}` : null;
    path = next;
  }
  const { options } = commands.get(path)!;
  const wrong = words.slice(at).find((word) => /^--?[a-z]/u.test(word) && !options.has(word));
  return wrong === undefined ? null : `voxport ${path} has no option ${wrong}`;
}

/** Whether a word behind a group of commands is one of them, misspelt; else the sentence continues. */
function isNear(word: string, names: ReadonlySet<string>): boolean {
  return [...names].some((name) => name.length === word.length && name[0] === word[0] && name.at(-1) === word.at(-1));
}
