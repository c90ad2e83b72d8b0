import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createWarehouse } from '../../test/warehouse-database.ts';
import { dayState, firstKnownDay, readCoverage, type CoveredDay } from './coverage.ts';
import { readSamples, takeSamples } from './samples.ts';

const day: CoveredDay = {
  day: '2026-09-01',
  listed: 'whole',
  known: 5,
  loaded: 5,
  pending: 0,
  failed: 0,
  gone: 0,
  verifiedAt: null,
  gaps: 0,
};

describe('the state of a day', () => {
  test.each([
    ['complete', {}],
    ['complete', { loaded: 4, gone: 1 }],
    ['verified', { verifiedAt: new Date() }],
    ['verified', { listed: 'none', verifiedAt: new Date() }],
    ['partial', { listed: 'part' }],
    ['partial', { listed: 'none' }],
    ['partial', { pending: 1 }],
    ['partial', { failed: 1, verifiedAt: new Date() }],
    ['partial', { gaps: 1, verifiedAt: new Date() }],
    ['empty', { known: 0, loaded: 0 }],
    ['empty', { known: 0, loaded: 0, verifiedAt: new Date() }],
    ['partial', { known: 0, loaded: 0, listed: 'part' }],
    ['unknown', { known: 0, loaded: 0, listed: 'none' }],
    ['partial', { known: 0, loaded: 0, gaps: 2, verifiedAt: new Date() }],
  ] as const)('is %s with %j', (state, changes) => {
    expect(dayState({ ...day, ...changes })).toBe(state);
  });
});

test('days are covered by what was listed to its end with the filters of the source, and by nothing else', async () => {
  await using warehouse = await createWarehouse();
  const { kysely } = warehouse.database;
  await sql`
    insert into voxport_ops.sources (source_id, dialect, base_url) values ('a', 'elevenlabs', 'http://a'), ('b', 'elevenlabs', 'http://b')
  `.execute(kysely);
  await sql`
    insert into voxport_ops.coverage (source_id, dialect, filters, listed) values
      ('a', 'elevenlabs', '{}', '{[2026-09-01Z,2026-09-05Z), [2026-09-07Z,2026-09-08T12:00Z)}'),
      ('a', 'elevenlabs', '{"agent_id": "x"}', '{[2026-09-06Z,2026-09-07Z)}'),
      -- What the source listed when it spoke another dialect says nothing.
      ('a', 'voiceable', '{}', '{[2026-09-01Z,2026-09-30Z)}'),
      ('b', 'elevenlabs', '{}', '{[2026-09-01Z,2026-09-30Z)}')
  `.execute(kysely);
  await sql`
    insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin, loaded_at) values
      ('a', '1', 'loaded', '2026-09-01T00:00Z', 'live', 'poll', now()), ('a', '2', 'loaded', '2026-09-01T23:59:59Z', 'live', 'poll', now()),
      ('a', '3', 'failed', '2026-09-02T08:00Z', 'live', 'poll', null), ('a', '4', 'discovered', '2026-09-03T08:00Z', 'live', 'poll', null),
      -- A recheck at what is loaded.
      ('a', '5', 'discovered', '2026-09-04T08:00Z', 'refresh', 'refresh', now()), ('b', '6', 'loaded', '2026-09-04T08:00Z', 'live', 'poll', now())
  `.execute(kysely);
  await sql`
    insert into voxport_ops.verifications (source_id, range_after, range_before, listed, present, missing, stale, healed, verified_at) values
      ('a', '2026-09-01Z', '2026-09-02Z', 2, 1, 1, 0, 0, '2026-10-01Z'), ('a', '2026-09-01Z', '2026-09-02Z', 2, 2, 0, 0, 0, '2026-10-02Z'),
      ('a', '2026-09-04T06:00Z', '2026-09-05Z', 1, 1, 0, 0, 0, '2026-10-02Z')
  `.execute(kysely);
  const days = await readCoverage(kysely, { sourceId: 'a', filters: {}, from: '2026-09-01', to: '2026-09-09' });
  expect(days.map((one) => [one.day.slice(8), one.listed, one.known, dayState(one)])).toEqual([
    ['01', 'whole', 2, 'verified'],
    ['02', 'whole', 1, 'partial'],
    ['03', 'whole', 1, 'partial'],
    ['04', 'whole', 1, 'complete'],
    ['05', 'none', 0, 'unknown'],
    ['06', 'none', 0, 'unknown'],
    ['07', 'whole', 0, 'empty'],
    ['08', 'part', 0, 'partial'],
    ['09', 'none', 0, 'unknown'],
  ]);
  // What was listed without a filter holds for one agent as well.
  const [, , , , ofAgent, alone] = await readCoverage(kysely, {
    sourceId: 'a',
    filters: { agent_id: 'x' },
    from: '2026-08-31',
    to: '2026-09-06',
  });
  expect([ofAgent!.listed, alone!.listed]).toEqual(['whole', 'none']);
  expect(await firstKnownDay(kysely, 'a')).toBe('2026-09-01');
  expect(await firstKnownDay(kysely, 'nobody')).toBeNull();
});

test('samples are taken once a half minute, and tell what was loaded', async () => {
  await using warehouse = await createWarehouse();
  const { kysely } = warehouse.database;
  await sql`insert into voxport_ops.sources (source_id, dialect, base_url) values ('a', 'elevenlabs', 'http://a')`.execute(
    kysely,
  );
  await sql`
    insert into voxport_raw.payloads (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body, state, loaded_at)
    select 'a', n::text, 1, 'poll', now(), sha256(n::text::bytea), 1, 'identity', '', 'loaded', now() from generate_series(1, 7) n
  `.execute(kysely);
  await Promise.all([takeSamples(kysely), takeSamples(kysely)]);
  const { rows } = await sql`select count(*) as count from voxport_ops.samples`.execute(kysely);
  expect(rows).toEqual([{ count: 1 }]);
  const stretches = await readSamples(kysely, { sourceId: 'a', stretchSecs: 60, stretches: 10 });
  expect(stretches).toHaveLength(10);
  expect(stretches.reduce((sum, { loaded }) => sum + (loaded ?? 0), 0)).toBe(7);
  expect(stretches[0]!.loaded).toBeNull();
});
