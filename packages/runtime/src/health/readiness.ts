import { setTimeout as sleep } from 'node:timers/promises';

/** One thing that a process needs to do its work. */
export interface ReadinessCheck {
  readonly name: string;
  readonly isOk: boolean;
  /** What is wrong, or what there is to say besides; without secrets. */
  readonly detail: string | null;
}

/** Whether a process can do its work, and if not why. */
export interface ReadinessReport {
  readonly isReady: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/** Resolves with a remark or null when all is well; rejects with what is wrong. */
export type Check = (signal: AbortSignal) => Promise<string | null>;

/** What has to be well for a process to be ready; grows while it starts. */
export interface Readiness {
  /** Adds a check; returns the function that takes it away again. */
  readonly addCheck: (name: string, check: Check) => () => void;
  /** Called when everything is open: before, nothing is ready, whatever the checks say. */
  readonly noteStarted: () => void;
  /** Called when the process begins to go down. */
  readonly noteStopping: () => void;
  /** Runs every check at once; one that does not answer within `checkTimeoutMs` fails. Never rejects. */
  readonly readReadiness: () => Promise<ReadinessReport>;
}

/** Shorter than what an engine gives a health check (5 to 10 s), so that the answer says what is wrong. */
const checkTimeoutDefaultMs = 3000;

/** Makes the readiness of a process that starts. */
export function makeReadiness(options: { checkTimeoutMs?: number } = {}): Readiness {
  const checkTimeoutMs = options.checkTimeoutMs ?? checkTimeoutDefaultMs;
  const checks = new Map<string, Check>();
  let phase: 'starting' | 'started' | 'stopping' = 'starting';

  async function run(name: string, check: Check): Promise<ReadinessCheck> {
    const ended = new AbortController();
    const late = sleep(checkTimeoutMs, undefined, { signal: ended.signal }).then(() => {
      throw new Error(`no answer within ${checkTimeoutMs} ms`);
    });
    late.catch(() => undefined);
    try {
      return { name, isOk: true, detail: await Promise.race([check(ended.signal), late]) };
    } catch (error) {
      return { name, isOk: false, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      ended.abort();
    }
  }

  return {
    addCheck(name, check) {
      checks.set(name, check);
      return () => {
        if (checks.get(name) === check) checks.delete(name);
      };
    },
    noteStarted: () => {
      if (phase === 'starting') phase = 'started';
    },
    noteStopping: () => {
      phase = 'stopping';
    },
    async readReadiness() {
      const results = await Promise.all([...checks].map(([name, check]) => run(name, check)));
      const isStarted = phase === 'started';
      const phaseCheck: ReadinessCheck = {
        name: 'process',
        isOk: isStarted,
        detail: isStarted ? null : `it is ${phase}`,
      };
      const all = [phaseCheck, ...results];
      return { isReady: all.every(({ isOk }) => isOk), checks: all };
    },
  };
}
