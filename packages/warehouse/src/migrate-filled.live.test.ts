import { expect, test } from 'vitest';
import { installedBefore } from '../test/installed-before.ts';
import { readRuns } from './ops/runs/read-runs.ts';

/**
 * The migrations that rewrite rows or count them, on tables that the code before them has filled. Those of coverage:
 * ops/coverage/stored-coverage.live.test.ts.
 */

test('what an older version has filled is counted, renamed and given back: runs, days, requests, recordings, coverage', async () => {
  const { query, upgrade } = await installedBefore(
    '0121',
    `
    insert into voxport_ops.sources (source_id, dialect, base_url)
    values ('one', 'elevenlabs', 'http://one'), ('two', 'elevenlabs', 'http://two');
    insert into voxport_ops.runs (kind, state, source_id, source_ids)
    values ('sync', 'running', 'one', '{one}'), ('sync', 'cancelled', 'one', '{one}'), ('backfill', 'paused', 'two', '{two}');
    insert into voxport_ops.inventory
      (source_id, conversation_id, state, version, lane, origin, started_at, wanted_run_id, seen_run_id, fetched_at, loaded_at, load_outcome)
    values
      ('one', 'waits', 'discovered', 3, 'live', 'list', '2026-09-02T10:00Z', 1, 1, null, null, null),
      ('one', 'landed', 'fetched', 1, 'live', 'list', '2026-09-02T11:00Z', 1, 1, now(), null, null),
      ('one', 'new', 'loaded', 1, 'live', 'list', '2026-09-03T10:00Z', 1, 1, now(), now(), 'inserted'),
      ('one', 'same', 'loaded', 1, 'live', 'list', '2026-09-03T10:00Z', 1, 1, now(), now(), 'unchanged'),
      ('one', 'failed', 'failed', 1, 'live', 'list', '2026-09-03T10:00Z', 1, 1, null, null, null),
      ('one', 'gone', 'gone', 1, 'live', 'list', '2026-09-04T10:00Z', 1, 1, null, null, null),
      ('one', 'seen', 'loaded', 1, 'live', 'list', '2026-09-04T10:00Z', 2, 1, now(), now(), 'inserted'),
      ('one', 'given up', 'cancelled', 1, 'live', 'list', '2026-09-05T10:00:00.5Z', 2, 2, null, null, null),
      ('two', 'waits', 'discovered', 2, 'backfill', 'list', '2026-09-05T10:00Z', 3, 3, null, null, null);
    insert into voxport_ops.coverage (source_id, dialect, filters, listed, settled)
    select source_id, 'elevenlabs', '{}', range, range
    from voxport_ops.sources, (values (tstzmultirange '{[2026-09-01T00:00Z,2026-09-10T00:00Z)}')) as r (range);
    insert into voxport.conversations (source_id, conversation_id, first_seen_at, exported_at, observed_at, origin) values ('one', 'new', now(), now(), now(), 'list');
    insert into voxport.recordings (source_id, conversation_id, version, lane) values ('one', 'new', 4, 'backfill');
    `,
  );
  const { kysely } = await upgrade();

  const nothing = { rechecked: 0, fetched: 0, loaded: 0, unchanged: 0, failed: 0, gone: 0, cancelled: 0, pending: 0 };
  expect(
    await query(`select run_id::int4, listed::int4, rechecked::int4, fetched::int4, loaded::int4, unchanged::int4,
                        failed::int4, gone::int4, cancelled::int4, pending::int4
                 from voxport_ops.run_counts order by run_id`),
  ).toEqual([
    { run_id: 1, ...nothing, listed: 7, fetched: 3, loaded: 1, unchanged: 2, failed: 1, gone: 1, pending: 2 },
    { run_id: 3, ...nothing, listed: 1, pending: 1 },
  ]);
  expect((await readRuns(kysely, {}, 10)).length).toBe(3);

  expect(
    await query(`select source_id, discovered::int4, fetched::int4, loaded::int4, failed::int4, gone::int4,
                        cancelled::int4, never_loaded::int4
                 from voxport_ops.source_counts order by source_id`),
  ).toEqual([
    { source_id: 'one', discovered: 1, fetched: 1, loaded: 3, failed: 1, gone: 1, cancelled: 1, never_loaded: 2 },
    { source_id: 'two', discovered: 1, fetched: 0, loaded: 0, failed: 0, gone: 0, cancelled: 0, never_loaded: 1 },
  ]);
  // What changes afterwards is counted from there: a full count finds nothing to correct.
  await query(`update voxport_ops.inventory set state = 'loaded', loaded_at = now() where conversation_id = 'waits'`);
  expect(await query(`select sum(voxport_ops.count_anew(source_id))::int4 as wrong from voxport_ops.sources`)).toEqual([
    { wrong: 0 },
  ]);

  expect(
    await query(`select conversation_id, generation, priority from voxport_ops.inventory
                 where (source_id, conversation_id) in (('one', 'waits'), ('two', 'waits')) order by source_id`),
  ).toEqual([
    { conversation_id: 'waits', generation: 3, priority: 'live' },
    { conversation_id: 'waits', generation: 2, priority: 'backfill' },
  ]);
  expect(await query(`select generation, version, priority, lane from voxport.recordings`)).toEqual([
    { generation: 4, version: 4, priority: 'backfill', lane: 'backfill' },
  ]);

  const whole = tstzmultirange('2026-09-01T00:00Z', '2026-09-10T00:00Z');
  const around = tstzmultirange('2026-09-01T00:00Z', '2026-09-05T10:00Z', '2026-09-05T11:00Z', '2026-09-10T00:00Z');
  expect(
    await query(`select source_id, listed = ${whole} as "isListed", settled = ${around} as "isGivenBack",
                        settled = ${whole} as "isSettled"
                 from voxport_ops.coverage order by source_id`),
  ).toEqual([
    { source_id: 'one', isListed: true, isGivenBack: true, isSettled: false },
    { source_id: 'two', isListed: true, isGivenBack: false, isSettled: true },
  ]);
});

test('of the payloads that were kept so far, those are superseded that no row comes from and no answer rests on', async () => {
  const { query, upgrade } = await installedBefore(
    '0151',
    `
    insert into voxport_ops.sources (source_id, dialect, base_url) values ('one', 'elevenlabs', 'http://one');
    create temporary table had (conversation_id text, origin text, state text, at int4);
    insert into had values
      ('changed twice', 'list', 'loaded', 1), ('changed twice', 'list', 'loaded', 2), ('changed twice', 'list', 'loaded', 3),
      ('once', 'list', 'loaded', 1),
      ('lost its transcript', 'list', 'loaded', 1), ('lost its transcript', 'list', 'loaded', 2),
      ('newest by webhook', 'list', 'loaded', 1), ('newest by webhook', 'webhook', 'loaded', 2),
      ('webhook, then the API', 'webhook', 'loaded', 1), ('webhook, then the API', 'list', 'loaded', 2),
      ('not loaded yet', 'list', 'loaded', 1), ('not loaded yet', 'list', 'landed', 2);
    insert into voxport_raw.payloads
      (source_id, conversation_id, version, origin, observed_at, sha256, size_bytes, encoding, body, state)
    select 'one', conversation_id, at, origin, '2026-09-01T00:00Z'::timestamptz + at * interval '1 hour',
           convert_to(at::text, 'UTF8'), 2, 'identity', convert_to('{}', 'UTF8'), state
    from had;
    insert into voxport_ops.loaded_conversations
      (source_id, conversation_id, observed_at, transcript_observed_at, payload_sha256, mapping_version, transcript_mapping_version)
    select 'one', conversation_id, '2026-09-01T00:00Z'::timestamptz + max(at) * interval '1 hour',
           '2026-09-01T00:00Z'::timestamptz + case conversation_id when 'lost its transcript' then 1 else max(at) end * interval '1 hour',
           convert_to(max(at)::text, 'UTF8'), 1, 1
    from had where state = 'loaded' group by conversation_id;
    `,
  );
  await upgrade();
  expect(
    await query(`select conversation_id, generation from voxport_raw.payloads where superseded_at is not null
                 order by conversation_id, generation`),
  ).toEqual([
    { conversation_id: 'changed twice', generation: 1 },
    { conversation_id: 'changed twice', generation: 2 },
    { conversation_id: 'webhook, then the API', generation: 1 },
  ]);
  expect(
    await query(`select count(*)::int4 as count, count(*) filter (where is_interim)::int4 as interim
                      from voxport_raw.payloads`),
  ).toEqual([{ count: 12, interim: 0 }]);
});

/** A multirange of SQL from pairs of edges. */
function tstzmultirange(...edges: readonly string[]): string {
  const ranges = edges.flatMap((edge, index) => (index % 2 === 0 ? [`[${edge},${edges[index + 1]!})`] : []));
  return `tstzmultirange '{${ranges.join(',')}}'`;
}
