import { setTimeout as sleep } from 'node:timers/promises';
import { processNames, type ProcessName } from '../stage/fleet.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

/** How long an orchestrator takes to start a process again: at once, or some seconds. */
const downMs = { min: 0, max: 4000 };

/** A job's lock lasts 20 s: a process that is held for longer has lost what it had in hand. */
const heldMs = 27_000;

async function killAndRestart(stage: Stage, name: ProcessName): Promise<void> {
  const waitMs = stage.random.int(downMs.min, downMs.max);
  stage.note(`${name} down for ${(waitMs / 1000).toFixed(1)} s`);
  await stage.fleet.end(name, 'SIGKILL');
  await sleep(waitMs, undefined, { signal: stage.signal });
  await stage.fleet.start(name);
}

/** SIGTERM: running work is handed back, quickly, and the exit code is 0. */
async function stopAndRestart(stage: Stage, name: ProcessName): Promise<void> {
  const ended = await stage.fleet.end(name, 'SIGTERM');
  if (ended === null) throw new Error(`${name} was down already`);
  stage.note(`${name} ended with ${ended.code} after ${(ended.tookMs / 1000).toFixed(1)} s`);
  if (ended.code !== 0) throw new Error(`${name} ended with ${ended.code} on SIGTERM`);
  if (ended.tookMs > 10_000) throw new Error(`${name} took ${ended.tookMs} ms to end on SIGTERM`);
  await stage.fleet.start(name);
}

async function hold(stage: Stage, name: ProcessName): Promise<void> {
  stage.fleet.signal(name, 'SIGSTOP');
  await sleep(heldMs, undefined, { signal: stage.signal });
  stage.fleet.signal(name, 'SIGCONT');
  stage.note(`${name} held for ${heldMs / 1000} s`);
}

const workers = ['worker-1', 'worker-2'] as const;
const loaders = ['loader-1', 'loader-2'] as const;

/** What happens to processes. */
export const processFaults: readonly Fault[] = [
  {
    name: 'kill-worker',
    what: 'SIGKILL of a worker, which is started again',
    play: (stage) => killAndRestart(stage, stage.random.pick(workers)),
  },
  {
    name: 'kill-loader',
    what: 'SIGKILL of a loader, which is started again',
    play: (stage) => killAndRestart(stage, stage.random.pick(loaders)),
  },
  {
    name: 'kill-scheduler',
    what: 'SIGKILL of the scheduler, which is started again',
    play: (stage) => killAndRestart(stage, 'scheduler'),
  },
  {
    name: 'kill-any-repeatedly',
    what: 'four SIGKILLs of processes drawn at random, a second or two apart',
    async play(stage) {
      for (let time = 0; time < 4; time += 1) {
        await killAndRestart(stage, stage.random.pick(processNames));
        await sleep(stage.random.int(500, 2000), undefined, { signal: stage.signal });
      }
    },
  },
  {
    name: 'kill-all',
    what: 'SIGKILL of the whole fleet at once, which is started again',
    async play(stage) {
      await Promise.all(processNames.map((name) => stage.fleet.end(name, 'SIGKILL')));
      await stage.fleet.startAll();
    },
  },
  {
    name: 'stop-each',
    what: 'SIGTERM of each process in turn, as a rolling upgrade does; each must end with 0 within 10 s',
    async play(stage) {
      for (const name of processNames) await stopAndRestart(stage, name);
    },
  },
  {
    name: 'stop-all',
    what: 'SIGTERM of the whole fleet at once, which is started again',
    async play(stage) {
      await Promise.all(processNames.map((name) => stage.fleet.end(name, 'SIGTERM')));
      await stage.fleet.startAll();
    },
  },
  {
    name: 'hold-worker',
    what: 'a worker is held (SIGSTOP) for longer than its locks last, and continues with jobs that others have finished',
    play: (stage) => hold(stage, stage.random.pick(workers)),
  },
  {
    name: 'hold-loader',
    what: 'a loader is held (SIGSTOP) for longer than its locks last, in the middle of whatever it does',
    play: (stage) => hold(stage, stage.random.pick(loaders)),
  },
];
