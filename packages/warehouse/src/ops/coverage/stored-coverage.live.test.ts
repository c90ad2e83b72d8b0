import { expect, test } from 'vitest';
import { installedBefore } from '../../../test/installed-before.ts';
import { startSync } from './start-sync.ts';

/** The last migration of version 0.1: watermarks, and runs of several sources. */
const lastOfBefore = '0090';

test('coverage is what listed windows prove: what failed, was cancelled or skipped is listed by the next sync', async () => {
  const { query, upgrade } = await installedBefore(
    lastOfBefore,
    `
    insert into voxport_ops.sources (source_id, dialect, base_url, watermark_at, watermark_filters)
    values ('support', 'elevenlabs', 'http://127.0.0.1', '2026-10-10T00:00Z', '{}');
    insert into voxport_ops.runs (kind, state, source_ids, filters, started_at, finished_at) values
      ('sync', 'finished', '{support}', '{}', '2026-10-01T00:00Z', '2026-10-01T01:00Z'),
      ('sync', 'cancelled', '{support}', '{}', '2026-10-05T00:00Z', '2026-10-05T01:00Z'),
      ('backfill', 'finished', '{support}', '{}', '2026-10-10T00:00Z', '2026-10-10T01:00Z');
    insert into voxport_ops.windows (run_id, source_id, range_after, range_before, filters, lane, origin, state, created_at, split_from) values
      (1, 'support', '2026-09-20T00:00Z', '2026-10-01T00:00Z', '{}', 'live', 'poll', 'listed', '2026-10-01T00:00Z', null),
      (1, 'support', '2026-09-10T00:00Z', '2026-09-20T00:00:01Z', '{}', 'live', 'poll', 'failed', '2026-10-01T00:00Z', 1),
      (1, 'support', null, '2026-09-10T00:00:01Z', '{}', 'live', 'poll', 'listed', '2026-10-01T00:00Z', 1),
      (2, 'support', '2026-09-30T00:00Z', '2026-10-05T00:00Z', '{}', 'live', 'poll', 'cancelled', '2026-10-05T00:00Z', null),
      (3, 'support', '2026-10-09T00:00Z', '2026-10-10T00:00Z', '{}', 'backfill', 'backfill', 'listed', '2026-10-12T00:00Z', null);
  `,
  );
  const database = await upgrade();
  const [coverage] = await query(`select listed::text, settled::text from voxport_ops.coverage`);
  // The first window gave its rest away from the second on that it begins with.
  expect(coverage).toEqual({
    listed:
      '{(,"2026-09-10 00:00:01+00"),["2026-09-20 00:00:01+00","2026-10-01 00:00:00+00"),["2026-10-09 00:00:00+00","2026-10-10 00:00:00+00")}',
    settled:
      '{(,"2026-09-10 00:00:01+00"),["2026-09-20 00:00:01+00","2026-09-30 00:00:00+00"),["2026-10-09 00:00:00+00","2026-10-10 00:00:00+00")}',
  });
  const [freshness] = await query(`select complete_until from voxport.pipeline_freshness`);
  expect(freshness).toEqual({ complete_until: new Date('2026-09-10T00:00:01Z') });

  const sync = await startSync(database.kysely, {
    sourceId: 'support',
    filters: {},
    since: null,
    lookbackSecs: 86_400,
  });
  const ranges = sync!.windows.map(({ range: { after, before } }) => [
    after?.toISOString() ?? null,
    before.toISOString(),
  ]);
  expect(ranges.slice(-2)).toEqual([
    ['2026-09-30T00:00:00.000Z', '2026-10-09T00:00:00.000Z'],
    ['2026-09-10T00:00:01.000Z', '2026-09-20T00:00:01.000Z'],
  ]);
  // Nothing from the tenth of October on is left out either.
  expect(ranges.some(([after]) => after === '2026-10-10T00:00:00.000Z')).toBe(true);
});

test('a run of two sources that is under way becomes a run of each, and keeps what it waits for', async () => {
  const { query, upgrade } = await installedBefore(
    lastOfBefore,
    `
    insert into voxport_ops.sources (source_id, dialect, base_url) values ('a', 'elevenlabs', 'http://127.0.0.1'), ('b', 'elevenlabs', 'http://127.0.0.1');
    insert into voxport_ops.runs (kind, state, source_ids, filters)
    values ('sync', 'running', '{a,b}', '{}'), ('sync', 'finished', '{a,b}', '{}');
    insert into voxport_ops.windows (run_id, source_id, range_before, filters, lane, origin) values
      (1, 'a', now(), '{}', 'live', 'poll'), (1, 'b', now(), '{}', 'live', 'poll');
    insert into voxport_ops.inventory (source_id, conversation_id, state, lane, origin, started_at, wanted_at, wanted_run_id, seen_run_id)
    values ('a', 'one', 'discovered', 'live', 'poll', now(), now(), 1, 1), ('b', 'two', 'discovered', 'live', 'poll', now(), now(), 1, 1);
  `,
  );
  await upgrade();
  const runs =
    await query(`select r.source_id, r.state, count(w.*)::int4 as windows, min(i.conversation_id) as waits_for
     from voxport_ops.runs r
     left join voxport_ops.windows w on w.run_id = r.run_id and w.source_id = r.source_id
     left join voxport_ops.inventory i on i.wanted_run_id = r.run_id and i.seen_run_id = r.run_id and i.source_id = r.source_id
     where r.state = 'running' group by 1, 2 order by 1`);
  expect(runs).toEqual([
    { source_id: 'a', state: 'running', windows: 1, waits_for: 'one' },
    { source_id: 'b', state: 'running', windows: 1, waits_for: 'two' },
  ]);
  expect(await query(`select source_id, state from voxport_ops.runs where run_id = 2`)).toEqual([
    { source_id: 'a', state: 'finished' },
  ]);
});
