import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyPlace, Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

const stalledMs = 12_000;

/** The network forgets every connection: they stay open and swallow what they are sent. New ones work. */
async function forget(stage: Stage, place: ProxyPlace): Promise<void> {
  const swallowing = stage.proxies[place]?.swallow() ?? 0;
  if (swallowing === 0) throw new Error(`the fleet has no connection to ${place}`);
  stage.note(`${swallowing} connections to ${place} swallow`);
}

/** Nothing comes through for a while, then everything does. */
async function stall(stage: Stage, place: ProxyPlace): Promise<void> {
  stage.proxies[place]?.stall();
  await sleep(stalledMs, undefined, { signal: stage.signal });
  stage.proxies[place]?.flow();
}

function faultsOf(place: ProxyPlace, what: string): Fault[] {
  const queues = place === 'redis' ? { queues: ['redis'] as const } : {};
  return [
    {
      name: `network-forgets-${place}`,
      what: `every connection to ${what} swallows what it is sent, for ever; new ones work`,
      play: (stage) => forget(stage, place),
      proxies: [place],
      // A request is given up after a minute, a statement after two.
      settlesWithinSecs: 240,
      ...queues,
    },
    {
      name: `network-stalls-${place}`,
      what: `nothing comes through to ${what} or back for ${stalledMs / 1000} s, on old connections and new ones`,
      play: (stage) => stall(stage, place),
      proxies: [place],
      ...queues,
    },
  ];
}

/** What happens between the fleet and what it talks to. */
export const networkFaults: readonly Fault[] = [
  ...faultsOf('postgres', 'Postgres'),
  ...faultsOf('redis', 'Redis'),
  ...faultsOf('api', 'the API'),
];
