import { Writable } from 'node:stream';
import { judgeError } from '@voxport/domain';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config/config.ts';
import { makeScrub } from './make-scrub.ts';

export type { Logger };

/** Fields that may never reach a log, at any of the depths where we log objects. */
const redactedPaths = [
  'apiKey',
  '*.apiKey',
  'password',
  '*.password',
  'authorization',
  '*.authorization',
  'headers',
  '*.headers',
];

/**
 * Makes the process's logger. Logs go to stderr, because stdout belongs to what a command answers:
 * JSON lines, or readable ones in a terminal. Whoever draws on that terminal takes the lines himself, with `writeLine`.
 */
export function makeLogger(options: {
  level: LogLevel;
  service: string;
  isTerminal: boolean;
  writeLine?: (text: string) => void;
  /** What no line may hold, whatever an error quotes: the secrets of the configuration. */
  secrets?: readonly string[];
}): Logger {
  const scrub = makeScrub(options.secrets ?? []);
  const settings = {
    level: options.level,
    base: { service: options.service },
    redact: { paths: redactedPaths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFields },
    hooks: { streamWrite: scrub },
  };
  const ignore = 'pid,hostname,service';
  const { writeLine } = options;
  if (options.isTerminal && writeLine !== undefined) {
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        writeLine(chunk.toString());
        done();
      },
    });
    return pino(settings, pretty({ destination, ignore }));
  }
  if (options.isTerminal) return pino(settings, pretty({ destination: 2, ignore, sync: true }));
  return pino(settings, pino.destination({ dest: 2, sync: false }));
}

/** An error as it may stand in a log: what a parser or a database quotes in it may be of a call. */
function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  const { name, code, message, frames } = judgeError(error);
  return { type: name, ...(code === null ? {} : { code }), message, stack: frames };
}
