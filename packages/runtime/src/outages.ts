import { setTimeout as sleep } from 'node:timers/promises';
import { judgeError, TerminalFailure, TransientFailure } from '@voxport/domain';
import type { Logger } from './logger.ts';
import { repeat } from './repeat.ts';

/** A store that every part of a process needs. */
export type StoreName = 'database' | 'queue';

/** An error that was met at work, and how it is told where no store is away. */
export interface MetError {
  readonly store: StoreName;
  readonly error: unknown;
  /** What could not be done: the message of the log's line. */
  readonly what: string;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  readonly level?: 'warn' | 'error';
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Tells a store's outage once in a process, whatever number of its parts meet it. */
export interface Outages {
  /** Takes an error. It is told as it is, unless a store is found to be away: then the outage is told, once. */
  readonly report: (met: MetError) => void;
  readonly close: () => Promise<void>;
}

/** A store as it is asked whether it is there. */
export interface WatchedStore {
  readonly name: StoreName;
  /** For people, e.g. `the database`. */
  readonly title: string;
  /** Rejects where it is away, with a sentence where the error is one of ours. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
  /** Brings it back, where this process can. */
  readonly revive?: (signal: AbortSignal) => Promise<void>;
}

export interface OutagesDependencies {
  readonly stores: readonly WatchedStore[];
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** How long a store may take to answer. Default 5,000. */
  readonly answerMs?: number;
  /** How often one that is away is asked again. Default 1,000. */
  readonly everyMs?: number;
  /** How long the same error at the same place is not told again. Default 60,000. */
  readonly quietMs?: number;
}

/** Errors that are held while the stores are asked; what comes beyond says the same. */
const heldMax = 50;

/**
 * Makes the one place of a process that errors of its stores go through. A store that is away is met by its heartbeat,
 * each of its queues and each of its jobs, several times a second: the first of these errors has the stores asked, each
 * by a connection of its own, and what they say is what is told. Where all answer, the errors are told as they came,
 * the same one at the same place once in a minute.
 */
export function makeOutages(dependencies: OutagesDependencies): Outages {
  const { stores, logger, answerMs = 5000, everyMs = 1000, quietMs = 60_000 } = dependencies;
  const held: MetError[] = [];
  const toldAt = new Map<string, { atMs: number; leftOut: number }>();
  const closing = new AbortController();
  let asking: Promise<void> | null = null;
  let away: { store: WatchedStore; sinceMs: number; reviveFailure: string }[] = [];
  let watching: AsyncDisposable | null = null;
  let leftOut = 0;

  function report(met: MetError): void {
    if (away.length > 0) {
      leftOut += 1;
      return;
    }
    if (held.length < heldMax) held.push(met);
    asking ??= judge().finally(() => {
      asking = null;
    });
  }

  async function judge(): Promise<void> {
    const found = await Promise.all(stores.map(async (store) => ({ store, error: await outageOf(store) })));
    const met = held.splice(0);
    if (closing.signal.aborted) return;
    const silent = found.filter(({ error }) => error !== null);
    if (silent.length === 0) {
      for (const one of met) tell(one);
      return;
    }
    leftOut = 0;
    const sinceMs = performance.now();
    away = silent.map(({ store }) => ({ store, sinceMs, reviveFailure: '' }));
    for (const { store, error } of silent) {
      // A command that waits for a reconnection says nothing; what was met at work does.
      const own = met.find((one) => one.store === store.name)?.error;
      const cause = error === 'silent' ? causeOf(own ?? null) : causeOf(error);
      const then =
        store.revive === undefined
          ? 'Work waits, and continues when it answers.'
          : 'It is started again, and work continues.';
      logger.warn({ store: store.name }, `${store.title} is away: ${cause ?? 'it does not answer'} ${then}`);
    }
    watching = repeat({ everyMs, begins: 'at once', step: askAgain, onError: () => {}, closeWithinMs: answerMs });
  }

  async function askAgain(signal: AbortSignal): Promise<void> {
    for (const one of away) {
      await reviveOnce(one, signal);
      if ((await outageOf(one.store)) !== null) continue;
      away = away.filter((other) => other !== one);
      const secs = Math.round((performance.now() - one.sinceMs) / 1000);
      logger.info({ store: one.store.name, leftOut }, `${one.store.title} answers again, after ${secs} s`);
    }
    if (away.length > 0) return;
    const ended = watching;
    watching = null;
    void ended?.[Symbol.asyncDispose]();
  }

  async function reviveOnce(one: (typeof away)[number], signal: AbortSignal): Promise<void> {
    if (one.store.revive === undefined) return;
    try {
      await one.store.revive(signal);
    } catch (error) {
      const failure = causeOf(error) ?? '';
      if (signal.aborted || one.reviveFailure === failure) return;
      one.reviveFailure = failure;
      logger.warn({ store: one.store.name }, `${one.store.title} cannot be started, and is tried again: ${failure}`);
    }
  }

  /** Null where the store answers; `silent` where it takes too long. */
  async function outageOf(store: WatchedStore): Promise<unknown> {
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, closing.signal]);
    const late = sleep(answerMs, 'silent' as const, { signal }).catch(() => null);
    try {
      return await Promise.race([store.ask(signal).then(() => null), late]);
    } catch (error) {
      return error ?? 'silent';
    } finally {
      ended.abort();
    }
  }

  function tell({ error, what, fields, logger: log, level = 'warn' }: MetError): void {
    const { code, name, message } = judgeError(error);
    const key = `${what} ${code ?? `${name} ${message}`}`;
    const told = toldAt.get(key);
    const nowMs = performance.now();
    if (told !== undefined && nowMs - told.atMs < quietMs) {
      told.leftOut += 1;
      return;
    }
    const again = told === undefined || told.leftOut === 0 ? {} : { leftOut: told.leftOut };
    toldAt.set(key, { atMs: nowMs, leftOut: 0 });
    log[level]({ ...fields, ...again, ...errorFields(error) }, what);
  }

  return {
    report,
    async close() {
      closing.abort(new Error('shutdown'));
      await asking;
      await watching?.[Symbol.asyncDispose]();
    },
  };
}

/** A stack where it may be a bug of ours; of a driver's and of our own failures the words say all. */
function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  const { code, message } = judgeError(error);
  if (error instanceof TerminalFailure || error instanceof TransientFailure)
    return { errorClass: error.code, cause: message };
  return code === null ? { err: error } : { errorCode: code, cause: message };
}

/** One sentence, on one line; null where the error says nothing. */
function causeOf(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  // A host name with several addresses: one connection for each was tried.
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  const { message, code } = judgeError(error);
  const text = message === '' ? (code ?? '') : message;
  if (text === '') return null;
  return /[.!?)]$/u.test(text) ? text : `${text}.`;
}
