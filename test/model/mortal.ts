import type { Database } from '../../packages/warehouse/src/index.ts';

/** The process that a call was made in has died: nothing that it does any more has an effect. */
class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/**
 * A process that can die, or be made to wait, between any two of its effects: each statement, each request, each call
 * of the queue is a step, counted before it is carried out and after.
 */
export interface Mortal {
  /** Steps passed since `arm`. */
  readonly steps: () => number;
  readonly isDead: () => boolean;
  /** From now on: dies at the given step (null: lives), and waits at the gate after every statement. */
  readonly arm: (dieAt: number | null, gate?: (() => Promise<void>) | null) => void;
  /** Around an effect that is not a statement. */
  readonly around: <Arguments extends unknown[], Result>(
    effect: (...given: Arguments) => Promise<Result>,
  ) => (...given: Arguments) => Promise<Result>;
  readonly wrapDatabase: (database: Database) => Database;
}

export function makeMortal(): Mortal {
  let steps = 0;
  let dieAt: number | null = null;
  let isDead = false;
  let gate: (() => Promise<void>) | null = null;

  function step(): void {
    steps += 1;
    if (dieAt !== null && steps >= dieAt) isDead = true;
    if (isDead) throw new ProcessDied(`at step ${steps}`);
  }

  return {
    steps: () => steps,
    isDead: () => isDead,
    arm(at, waiting = null) {
      steps = 0;
      dieAt = at;
      gate = waiting;
    },
    around:
      (effect) =>
      async (...given) => {
        step();
        const result = await effect(...given);
        step();
        return result;
      },
    wrapDatabase(database) {
      // A plugin sees every statement on its way out and its rows on their way back, inside and outside of
      // transactions. One that throws has the transaction rolled back, as Postgres does with one whose client is gone.
      const kysely = database.kysely.withPlugin({
        transformQuery({ node }) {
          step();
          return node;
        },
        async transformResult({ result }) {
          step();
          if (gate !== null) await gate();
          if (isDead) throw new ProcessDied(`at step ${steps}`);
          return result;
        },
      });
      return { ...database, kysely };
    },
  };
}
