import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processNames, type ProcessName, type StartOptions } from '../stage/fleet.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

const dayMs = 86_400_000;
const preload = fileURLToPath(new URL('../clock/shift-clock.ts', import.meta.url));

function withClock(shiftMs: number, options: { waits: boolean }): StartOptions {
  return {
    nodeArguments: ['--import', preload],
    environment: { CHAOS_CLOCK_SHIFT_MS: String(shiftMs), ...(options.waits ? { CHAOS_CLOCK_WAITS: 'yes' } : {}) },
  };
}

/**
 * A process runs with a wrong clock while the API fails now and then, so that delays are computed by it; then it is
 * started again with the right one.
 */
async function runWithWrongClock(stage: Stage, name: ProcessName, shiftMs: number): Promise<void> {
  await stage.fleet.start(name, withClock(shiftMs, { waits: false }));
  await stage.fleet.startAll();
  await stage.planWork();
  await stage.workIsUnderWay();
  stage.simulator.setFaults([
    { name: '503', match: { probability: 0.3 }, action: { do: 'html', status: 503 } },
    { name: '429', match: { probability: 0.3 }, action: { do: 'concurrent_limit' } },
    { name: 'rate', match: { probability: 0.05 }, action: { do: 'rate_limit' } },
  ]);
  await sleep(6000, undefined, { signal: stage.signal });
  stage.note(
    `${name} ran ${shiftMs / dayMs} days off; the API failed ${JSON.stringify(stage.simulator.stats().faultsPlayed)}`,
  );
  stage.simulator.setFaults([]);
  await stage.fleet.end(name, 'SIGTERM');
  await stage.fleet.start(name);
}

/** The fleet's schedules are made by a scheduler with a wrong clock; it is then started again with the right one. */
async function scheduleWithWrongClock(stage: Stage, shiftMs: number): Promise<void> {
  await stage.fleet.start('scheduler', withClock(shiftMs, { waits: false }));
  await stage.fleet.startAll();
  await sleep(stage.random.int(3000, 9000), undefined, { signal: stage.signal });
  await stage.fleet.end('scheduler', stage.random.pick(['SIGTERM', 'SIGKILL']));
  await stage.fleet.start('scheduler');
}

/** The clocks of all processes jump, and jump back. */
async function jump(stage: Stage, shiftMs: number): Promise<void> {
  await Promise.all(processNames.map((name) => stage.fleet.start(name, withClock(shiftMs, { waits: true }))));
  await stage.planWork();
  await stage.workIsUnderWay();
  for (let time = 0; time < 2; time += 1) {
    for (const name of processNames) stage.fleet.signal(name, 'SIGUSR2');
    await sleep(stage.random.int(2000, 6000), undefined, { signal: stage.signal });
  }
}

const directions = [
  { suffix: 'ahead', words: 'a day ahead', shiftMs: dayMs },
  { suffix: 'behind', words: 'a day behind', shiftMs: -dayMs },
] as const;

/**
 * What happens to clocks. Ours are the database's; but the queue's delays and schedules are computed by the processes.
 */
export const clockFaults: readonly Fault[] = directions.flatMap(({ suffix, words, shiftMs }): Fault[] => [
  {
    name: `clock-worker-${suffix}`,
    what: `a worker runs with a clock that is ${words} while the API fails now and then, and is started again with the right one`,
    moment: 'before_start',
    play: (stage) => runWithWrongClock(stage, stage.random.pick(['worker-1', 'worker-2']), shiftMs),
  },
  {
    name: `clock-scheduler-${suffix}`,
    what: `the schedules are made by a scheduler whose clock is ${words}, which is started again with the right one`,
    moment: 'before_start',
    work: 'sync',
    play: (stage) => scheduleWithWrongClock(stage, shiftMs),
  },
  {
    name: `clock-jumps-${suffix}`,
    what: `the clocks of the whole fleet jump to ${words}, and back some seconds later`,
    moment: 'before_start',
    play: (stage) => jump(stage, shiftMs),
  },
]);
