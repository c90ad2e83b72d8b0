import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from './faults/fault.ts';
import type { QueueStore } from './options.ts';
import { playRound, type RoundResult } from './round.ts';
import { runCommand } from './stage/fleet.ts';
import { startPostgres } from './stage/postgres.ts';

/** A round that is to be played. */
export interface PlannedRound {
  readonly fault: Fault;
  readonly queue: QueueStore;
  readonly round: number;
}

/** Every fault on every queue where it makes sense, round by round: a run that is cut short has seen all faults. */
export function planRounds(
  faults: readonly Fault[],
  queues: readonly QueueStore[],
  rounds: number,
): readonly PlannedRound[] {
  const numbers = Array.from({ length: rounds }, (_, index) => index + 1);
  return numbers.flatMap((round) =>
    faults.flatMap((fault) =>
      queues.filter((queue) => fault.queues?.includes(queue) ?? true).map((queue) => ({ fault, queue, round })),
    ),
  );
}

export interface PlaySettings {
  readonly directory: string;
  readonly seed: string;
  readonly conversations: number;
  readonly slots: number;
  /** Keep the logs of rounds that held. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly onResult: (result: RoundResult) => void;
}

/**
 * Plays rounds in slots side by side, each with a Postgres of its own. Resolves with what became of them, in the order
 * of their end.
 */
export async function playRounds(planned: readonly PlannedRound[], settings: PlaySettings): Promise<RoundResult[]> {
  const { directory, seed, conversations, keep, signal, onResult } = settings;
  const results: RoundResult[] = [];
  const waiting = [...planned];
  let serial = 0;

  async function playSlot(slot: number): Promise<void> {
    const slotDirectory = join(directory, `slot-${slot}`);
    const postgres = await startPostgres(slotDirectory, async (url) => {
      await runCommand(['migrate'], { DATABASE_URL: url });
    });
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        signal.throwIfAborted();
        // A fault that was cut short may have left it down.
        await postgres.start();
        serial += 1;
        const name = `${next.fault.name}-${next.queue}-${next.round}`;
        const databaseName = `round_${serial}`;
        const roundDirectory = join(slotDirectory, name);
        const result = await playRound({
          ...next,
          ...{ seed, conversations, databaseName, postgres, signal, directory: roundDirectory },
        });
        results.push(result);
        onResult(result);
        if (result.outcome === 'broken' || keep) continue;
        await postgres.dropDatabase(databaseName);
        await rm(roundDirectory, { recursive: true, force: true });
      }
    } finally {
      await postgres.close();
    }
  }

  await Promise.all(Array.from({ length: Math.min(settings.slots, planned.length) }, (_, slot) => playSlot(slot + 1)));
  return results;
}
