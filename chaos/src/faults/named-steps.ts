import { holdQueue, holdTables, readNumber, someoneWaits, untilMore } from '../stage/hold.ts';
import { processNames, type ProcessName } from '../stage/fleet.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

/*
 * A process is killed exactly between two of its effects. The services know nothing of it: the suite holds a lock on
 * the table that the one effect writes, or every write of the queue's store, and sees in pg_locks that the process has
 * come to that point.
 */

const workers: readonly ProcessName[] = ['worker-1', 'worker-2'];
const loaders: readonly ProcessName[] = ['loader-1', 'loader-2'];

/** Kills the process that waits to write a table, before it has written. */
async function killBeforeWrite(stage: Stage, names: readonly ProcessName[], table: string): Promise<void> {
  const letGo = await holdTables(stage, table);
  try {
    const name = await someoneWaits(stage, names, table);
    await stage.fleet.end(name, 'SIGKILL');
    stage.note(`${name} killed before it wrote ${table}`);
    await stage.fleet.start(name);
  } finally {
    await letGo();
  }
}

/**
 * Kills the process that has committed a write, while what it then tells the queue is held back. `written` is a number
 * that the commit raises.
 */
async function killAfterCommit(
  stage: Stage,
  names: readonly ProcessName[],
  table: string,
  written: string,
): Promise<void> {
  let letTable = await holdTables(stage, table);
  let letQueue = async (): Promise<void> => undefined;
  try {
    const name = await someoneWaits(stage, names, table);
    letQueue = await holdQueue(stage);
    const before = await readNumber(stage, written);
    await letTable();
    letTable = async () => undefined;
    await untilMore(stage, `${name} to commit`, written, before);
    // Others may have waited for the same table: who committed cannot be told, so all that could have are killed.
    await Promise.all(names.map((one) => stage.fleet.end(one, 'SIGKILL')));
    stage.note(`${names.join(' and ')} killed after a commit on ${table}, before the queue was told`);
  } finally {
    await letTable();
    await letQueue();
  }
  await stage.fleet.startAll();
}

/** Starts the fleet while a table that the planning writes is held, and kills the scheduler when it waits there. */
async function killSchedulerWhilePlanning(
  stage: Stage,
  hold: () => Promise<() => Promise<void>>,
  hasCome: () => Promise<unknown>,
): Promise<void> {
  const letGo = await hold();
  try {
    await Promise.all(processNames.map((name) => stage.fleet.start(name)));
    await hasCome();
    await stage.fleet.end('scheduler', 'SIGKILL');
  } finally {
    await letGo();
  }
  await stage.fleet.start('scheduler');
}

/** A process dies between two effects. */
export const namedStepFaults: readonly Fault[] = [
  {
    name: 'step-listed-not-saved',
    what: 'a worker dies after a page was listed, before it is saved',
    play: (stage) => killBeforeWrite(stage, workers, 'voxport_ops.windows'),
    moment: 'with_work',
    listDelayMs: 1500,
  },
  {
    name: 'step-saved-not-enqueued',
    what: 'a worker dies after a page was saved, before its details and the next page are enqueued',
    play: (stage) =>
      killAfterCommit(stage, workers, 'voxport_ops.windows', 'select coalesce(sum(pages), 0) from voxport_ops.windows'),
    moment: 'with_work',
    listDelayMs: 1500,
  },
  {
    name: 'step-landed-not-acknowledged',
    what: 'a worker dies after payloads have landed, before the loader is woken and the jobs are acknowledged',
    play: (stage) =>
      killAfterCommit(stage, workers, 'voxport_raw.payloads', 'select count(*) from voxport_raw.payloads'),
  },
  {
    name: 'step-claimed-not-loaded',
    what: 'a loader dies in the middle of its transaction',
    play: (stage) => killBeforeWrite(stage, loaders, 'voxport.conversations'),
  },
  {
    name: 'step-loaded-not-acknowledged',
    what: "a loader dies after its batch's commit, before the wake-up is acknowledged",
    play: (stage) =>
      killAfterCommit(stage, loaders, 'voxport.conversations', 'select count(*) from voxport.conversations'),
  },
  {
    name: 'step-run-without-windows',
    what: 'the scheduler dies after it has begun a sync, before the sync has a window',
    work: 'sync',
    moment: 'before_start',
    play: (stage) =>
      killSchedulerWhilePlanning(
        stage,
        () => holdTables(stage, 'voxport_ops.windows'),
        () => someoneWaits(stage, ['scheduler'], 'voxport_ops.windows'),
      ),
    settlesWithinSecs: 150,
  },
];
