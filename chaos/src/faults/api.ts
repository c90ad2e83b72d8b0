import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault as ApiFault } from '@voxport/simulator';
import { until } from '../until.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

/** The API misbehaves for a while. */
async function misbehave(stage: Stage, secs: number, faults: readonly ApiFault[]): Promise<void> {
  stage.simulator.setFaults(faults);
  await sleep(secs * 1000, undefined, { signal: stage.signal });
  stage.note(`played ${JSON.stringify(stage.simulator.stats().faultsPlayed)}`);
  stage.simulator.setFaults([]);
}

/** What the API does to its clients. */
export const apiFaults: readonly Fault[] = [
  {
    name: 'api-resets',
    what: 'the API resets 4 of 10 connections for 5 s',
    play: (stage) => misbehave(stage, 5, [{ name: 'reset', match: { probability: 0.4 }, action: { do: 'reset' } }]),
  },
  {
    name: 'api-truncates',
    what: 'the API cuts 4 of 10 bodies off, and sends what is no JSON, for 5 s',
    play: (stage) =>
      misbehave(stage, 5, [
        { name: 'truncate', match: { probability: 0.4 }, action: { do: 'truncate', share: 0.6 } },
        { name: 'invalid_json', match: { probability: 0.2 }, action: { do: 'invalid_json' } },
      ]),
  },
  {
    name: 'api-html',
    what: "the API's front end answers with HTML and 502, 503, 504 for 6 s",
    play: (stage) =>
      misbehave(
        stage,
        6,
        [502, 503, 504].map((status) => ({
          name: `html ${status}`,
          match: { probability: 0.5 },
          action: { do: 'html', status },
        })),
      ),
  },
  {
    name: 'api-down',
    what: 'the API answers nothing but 503 for 25 s',
    play: (stage) => misbehave(stage, 25, [{ name: '503', action: { do: 'html', status: 503 } }]),
    settlesWithinSecs: 150,
  },
  {
    name: 'api-slow',
    what: 'every answer takes 4 s more, for 12 s',
    play: (stage) => misbehave(stage, 12, [{ name: 'delay', action: { do: 'delay', ms: 4000 } }]),
  },
  {
    name: 'api-swallows',
    what: 'the API takes 2 of 10 requests and never answers them, for 3 s',
    play: (stage) => misbehave(stage, 3, [{ name: 'swallow', match: { probability: 0.2 }, action: { do: 'swallow' } }]),
    settlesWithinSecs: 180,
  },
  {
    name: 'api-429-concurrent',
    what: 'the API says concurrent_limit_exceeded to 7 of 10 requests for 8 s, without Retry-After',
    play: (stage) =>
      misbehave(stage, 8, [{ name: '429', match: { probability: 0.7 }, action: { do: 'concurrent_limit' } }]),
  },
  {
    name: 'api-429-concurrent-retry-after',
    what: 'the same, with Retry-After of 2 s',
    play: (stage) =>
      misbehave(stage, 8, [
        { name: '429', match: { probability: 0.7 }, action: { do: 'concurrent_limit', retryAfter: { secs: 2 } } },
      ]),
  },
  {
    name: 'api-429-rate',
    what: 'the API says rate_limit_exceeded or system_busy to 7 of 10 requests for 8 s, without Retry-After',
    play: (stage) =>
      misbehave(stage, 8, [
        { name: 'rate', match: { probability: 0.4 }, action: { do: 'rate_limit' } },
        { name: 'busy', match: { probability: 0.5 }, action: { do: 'rate_limit', code: 'system_busy' } },
      ]),
  },
  {
    name: 'api-429-rate-retry-after',
    what: 'the same, with Retry-After of 3 s or as a date',
    play: (stage) =>
      misbehave(stage, 8, [
        { name: 'secs', match: { probability: 0.4 }, action: { do: 'rate_limit', retryAfter: { secs: 3 } } },
        { name: 'date', match: { probability: 0.5 }, action: { do: 'rate_limit', retryAfter: { dateInSecs: 3 } } },
      ]),
  },
  {
    name: 'api-limited',
    what: 'the API allows 2 requests in flight and 15 a second, for 15 s',
    async play(stage) {
      stage.simulator.setLimits({ requestsInFlightMax: 2, requestsPerSecondMax: 15 });
      await sleep(15_000, undefined, { signal: stage.signal });
      stage.note(`refused ${JSON.stringify(stage.simulator.stats().refusedCount)}`);
      stage.simulator.setLimits({ requestsInFlightMax: null, requestsPerSecondMax: null });
    },
  },
  {
    name: 'api-401',
    what: 'the API refuses the key for a while: the source pauses, and resumes by itself',
    async play(stage) {
      stage.simulator.setFaults([{ name: '401', action: { do: 'unauthorized' } }]);
      await until(
        'the source to be paused',
        async () => (await stage.query('select 1 from voxport_ops.sources where paused_at is not null')).length > 0,
        { timeoutMs: 30_000, signal: stage.signal },
      );
      await sleep(6000, undefined, { signal: stage.signal });
      stage.simulator.setFaults([]);
    },
  },
  {
    name: 'api-401-redis-flush',
    what: 'the queue is lost while the source is paused: the pause is kept, and ends by itself',
    queues: ['redis'],
    async play(stage) {
      stage.simulator.setFaults([{ name: '401', action: { do: 'unauthorized' } }]);
      await until(
        'the source to be paused',
        async () => (await stage.query('select 1 from voxport_ops.sources where paused_at is not null')).length > 0,
        { timeoutMs: 30_000, signal: stage.signal },
      );
      await stage.redis?.command('FLUSHALL');
      await sleep(9000, undefined, { signal: stage.signal });
      stage.simulator.setFaults([]);
    },
  },
  {
    name: 'api-cursors',
    what: 'three of the first cursors have expired when they are used, and with each of them all that were given so far',
    work: 'sync',
    moment: 'before_start',
    async play(stage) {
      const match = { hasCursor: true, nth: [1, 2, 4] };
      stage.simulator.setFaults([{ name: 'expired', match, action: { do: 'expire_cursor' } }]);
      await stage.fleet.startAll();
      await until(
        'three expired cursors',
        () => (stage.simulator.stats().faultsPlayed['expired'] ?? 0) >= match.nth.length,
        { timeoutMs: 60_000, signal: stage.signal },
      );
      stage.simulator.setFaults([]);
    },
  },
];
