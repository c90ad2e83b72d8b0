import type { SimulatorOptions } from '@voxport/simulator';
import type { QueueStore } from '../options.ts';
import type { ProxyPlace, Stage } from '../stage/stage.ts';

/** One row of the table of faults: a name, what happens, and how. */
export interface Fault {
  readonly name: string;
  /** What happens, for people. */
  readonly what: string;
  /** Plays the fault from its beginning to its end; afterwards all servers answer and all processes run. */
  readonly play: (stage: Stage) => Promise<void>;
  /** Where it makes sense; on both queues when left out. */
  readonly queues?: readonly QueueStore[];
  /** The work that must be under way; drawn when left out. */
  readonly work?: 'sync' | 'backfill';
  /** Played before the fleet starts, as soon as it has work, or at a random moment of the work (when left out). */
  readonly moment?: 'before_start' | 'with_work';
  /**
   * Lists are answered so much later, from the beginning, so that the listing is still under way when the fault is
   * played.
   */
  readonly listDelayMs?: number;
  readonly proxies?: readonly ProxyPlace[];
  readonly simulator?: SimulatorOptions;
  /** Why it cannot be played on this machine; null when it can. */
  readonly whyNot?: (stage: Stage) => Promise<string | null>;
  /** Seconds after its end until everything must be done. */
  readonly settlesWithinSecs?: number;
}
