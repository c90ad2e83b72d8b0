import { entityNames } from '@voxport/domain';
import type { SourceConfig } from '@voxport/runtime';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { syncOnce } from './export-parts.ts';
import { openExport, type OpenExport } from './open-export.ts';

const entities: NonNullable<SourceConfig['entities']> = {
  names: entityNames,
  everySecs: 3600,
  branchesEverySecs: 3600,
};
const simulator = { seed: 'entities', conversationCount: 60, agentCount: 3 };

/** What identifies a row, in the tables that have history. */
const keysOf: Readonly<Record<string, string>> = {
  agents: 'agent_id',
  evaluation_criteria: 'agent_id, criteria_id',
  data_collection_items: 'agent_id, data_collection_id',
  agent_branches: 'agent_id, branch_id',
  tools: 'tool_id',
  tags: 'tag_id',
  phone_numbers: 'phone_number_id',
};

/** A value of Postgres as the truth writes it. */
function readable(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' && /^\d+(\.\d+)?$/u.test(value) ? Number(value) : value;
}

const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();

/** The present rows of each table are those of the truth, in the columns that it names. */
async function expectTablesToBeTrue({ query, simulator: api }: OpenExport, except: readonly string[] = []) {
  for (const [name, rows] of Object.entries(api.trueEntities())) {
    if (except.includes(name)) continue;
    const columns = Object.keys(rows[0] ?? {});
    const stored = await query(
      `select ${columns.join(', ')} from voxport.${name} where ${name in keysOf ? 'valid_to' : 'gone_at'} is null`,
    );
    // Of versions only those that calls name are asked for.
    const wanted =
      name === 'agent_versions'
        ? rows.filter(({ version_id: id }) => stored.some((row) => row['version_id'] === id))
        : rows;
    expect({
      name,
      rows: sorted(
        stored.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, readable(value)]))),
      ),
    }).toEqual({
      name,
      rows: sorted(wanted),
    });
    expect(stored.length, name).toBeGreaterThan(0);
  }
}

test('a sync fills the tables with what the source tells, and every version that a call names is there', async () => {
  await using parts = await openExport({ simulator, source: { entities } });
  await syncOnce(parts.context);
  await expectTablesToBeTrue(parts);
  expect(
    await parts.query(`
      select count(*)::int4 as n from voxport.conversations c
      where version_id is not null and not exists (
        select from voxport.agent_versions v where (v.source_id, v.agent_id, v.version_id) = (c.source_id, c.agent_id, c.version_id))`),
  ).toEqual([{ n: 0 }]);
  expect(
    await parts.query(`
      select count(*)::int4 as n from voxport.conversations c
      where not exists (
        select from voxport.agents a where (a.source_id, a.agent_id) = (c.source_id, c.agent_id)
          and a.valid_from <= c.started_at and coalesce(a.valid_to, 'infinity') > c.started_at)`),
  ).toEqual([{ n: 0 }]);
  // Headers of a tool hold secrets.
  const [stored] = await parts.query(
    `select count(*)::int4 as n from voxport.tools where settings::text like '%secret-of-a-tool%'`,
  );
  expect(stored).toEqual({ n: 0 });
}, 180_000);

test('what changes gets a next version, what is taken out ends, and what is the same is not written again', async () => {
  await using parts = await openExport({ simulator, source: { entities } });
  const { voxport, query, simulator: api } = parts;
  await voxport('entities');
  const before = await query('select payload_id from voxport_raw.entity_payloads order by 1');
  await voxport('entities');
  expect(await query('select payload_id from voxport_raw.entity_payloads order by 1')).toEqual(before);

  const [agent, other] = api.trueEntities()['agents']!.map(({ agent_id: id }) => String(id));
  const changedUnixSecs = 1_750_000_000;
  api.updateAgent(agent!, {
    name: 'Renamed',
    updatedUnixSecs: changedUnixSecs,
    withoutCriteria: ['polite_tone'],
    secondBranchPercent: 50,
  });
  api.updateAgent(other!, { isDeleted: true });
  await voxport('entities');
  await expectTablesToBeTrue(parts, ['agent_versions', 'batch_calls']);
  const versions = await query(
    `select name, valid_from, valid_to from voxport.agents where agent_id = '${agent!}' order by valid_from`,
  );
  const changedAt = new Date(changedUnixSecs * 1000);
  expect(versions).toMatchObject([{ valid_to: changedAt }, { name: 'Renamed', valid_from: changedAt, valid_to: null }]);
  expect(
    await query(`
      select criteria_id, valid_to is null as is_present from voxport.evaluation_criteria
      where agent_id = '${agent!}' and criteria_id = 'polite_tone'`),
  ).toEqual([{ criteria_id: 'polite_tone', is_present: false }]);
  for (const table of ['agents', 'agent_branches', 'evaluation_criteria', 'data_collection_items']) {
    const rows = await query(
      `select bool_and(valid_to is not null) as "hasEnded" from voxport.${table} where agent_id = '${other!}'`,
    );
    expect({ table, ...rows[0] }).toEqual({ table, hasEnded: true });
  }
  // A deleted agent that comes back begins again, and what was before stays.
  api.updateAgent(other!, { isDeleted: false });
  await voxport('entities');
  await expectTablesToBeTrue(parts, ['agent_versions', 'batch_calls']);
  // No two versions of anything overlap.
  for (const [table, by] of Object.entries(keysOf)) {
    expect(
      await query(`
        select * from (
          select ${by}, valid_to, lead(valid_from) over (partition by source_id, ${by} order by valid_from) as next
          from voxport.${table}) v
        where next is not null and (valid_to is null or valid_to > next)`),
    ).toEqual([]);
  }
}, 180_000);

test('a key that may not read one entity costs that table only, and is told once in status', async () => {
  await using parts = await openExport({ simulator, source: { entities } });
  const { voxport, simulator: api } = parts;
  api.setFaults([{ match: { endpoint: 'entities', entity: 'tags' }, action: { do: 'forbidden' } }]);
  const run = await voxport('entities');
  expect(run.exitCode).toBe(1);
  await expectTablesToBeTrue(parts, ['tags', 'agent_versions', 'batch_calls']);
  const { stdout } = await voxport('status');
  expect(stdout.match(/convai_read/gu)).toHaveLength(1);
  expect(stdout).toMatch(/not synced: tags \(forbidden\)/u);
  // The permission is given: the next time it is there.
  api.setFaults([]);
  expect((await voxport('entities')).exitCode).toBe(0);
  expect((await voxport('status')).stdout).not.toMatch(/not synced/u);
}, 180_000);

test('what was landed and not loaded is loaded from the raw store, without a request', async () => {
  await using parts = await openExport({ simulator, source: { entities } });
  const { voxport, query, context, simulator: api } = parts;
  await voxport('entities');
  await runQuery(context.database.kysely, 'delete from voxport.tools');
  await runQuery(context.database.kysely, `update voxport_raw.entity_payloads set mapping_version = null`);
  api.setFaults([{ match: { endpoint: 'entities', entity: 'tools' }, action: { do: 'forbidden' } }]);
  await voxport('entities');
  expect(await query('select count(*)::int4 as n from voxport.tools')).toEqual([
    { n: api.trueEntities()['tools']!.length },
  ]);
}, 180_000);

test('without entities none is asked for', async () => {
  await using parts = await openExport({ simulator });
  await syncOnce(parts.context);
  expect(parts.simulator.stats().requests['entities']).toBeUndefined();
}, 180_000);
