import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { everythingQueued } from './everything-kept.ts';
import { describeOnBothQueues, syncOnce } from './export-parts.ts';
import { openExport, type OpenExport } from './open-export.ts';

/** What stands in no other place by chance, in any table, file or key. */
const planted = 'Einhornweg-77-unverwechselbar';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isKey: boolean;
}

/** Every column of every table of ours, from the catalogue: one that is added is planted in too. */
async function columnsOf(at: OpenExport): Promise<Column[]> {
  const rows = await at.query(`
    select format('%I.%I', n.nspname, c.relname) as table, a.attname as name, format_type(a.atttypid, null) as type,
           a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as "isRequired",
           a.attgenerated <> '' or exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any(i.indkey)) as "isKey"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('voxport', 'voxport_raw', 'voxport_ops') and c.relkind in ('r', 'p') order by 1, a.attnum`);
  return rows as unknown as Column[];
}

const values: Readonly<Record<string, string>> = {
  text: `'${planted}'`,
  'text[]': `array['${planted}']`,
  jsonb: `'{"said": "${planted}", "${planted}": [1]}'`,
  bytea: `convert_to('${planted}', 'UTF8')`,
};

/** A value that only fills a column. */
function filler({ name, type }: Column, conversationId: string): string {
  if (name === 'source_id') return `'support'`;
  if (name === 'conversation_id') return `'${conversationId}'`;
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type.startsWith('timestamp')) return 'now()';
  if (type === 'boolean') return 'false';
  return values[type] ?? '0';
}

const belongsToOne = (columns: readonly Column[]): boolean => columns.some(({ name }) => name === 'conversation_id');

/**
 * Tables of the tombstone itself, and of names and numbers that this installation gives: nothing of a call reaches
 * them.
 */
const withoutContent = new Set([
  'voxport_ops.erased_conversations',
  'voxport_ops.erasures',
  'voxport_ops.identity_key',
  'voxport_ops.migrations',
  'voxport_ops.migrations_lock',
  'voxport_ops.workers',
  'voxport_ops.planning_locks',
  'voxport_ops.loaded_versions',
]);
/** Columns that hold a word of ours, or a name of the configuration, and can hold nothing else. */
const words =
  /^(?:source_id|source_ids|to_plan|dialect|base_url|kind|state|type|stage|priority|origin|receiver|event|severity|fingerprint|encoding|cursor)$/u;

/**
 * Puts the value into every column of the conversation's rows that takes a text, making the rows that are not there.
 */
async function plantInOwnRows(at: OpenExport, conversationId: string): Promise<string[]> {
  const byTable = Map.groupBy(await columnsOf(at), ({ table }) => table);
  const reached: string[] = [];
  const ofWebhook =
    "(select max(event_id) from voxport_ops.webhook_events where conversation_id = '" + conversationId + "')";
  // An event before its body.
  const order = [...byTable].toSorted(
    ([one], [other]) => Number(one.endsWith('_bodies')) - Number(other.endsWith('_bodies')),
  );
  for (const [table, columns] of order) {
    const isBody = table === 'voxport_raw.webhook_bodies';
    if (withoutContent.has(table) || (!belongsToOne(columns) && !isBody)) continue;
    const where = isBody ? `event_id = ${ofWebhook}` : `conversation_id = '${conversationId}'`;
    if ((await at.query(`select 1 from ${table} where ${where}`)).length === 0) {
      const given = columns.filter(
        ({ name, isRequired }) => isRequired || name === 'conversation_id' || name === 'source_id',
      );
      const filled = given.map((column) =>
        isBody && column.name === 'event_id' ? ofWebhook : filler(column, conversationId),
      );
      await at.query(
        `insert into ${table} (${given.map(({ name }) => name).join(', ')}) values (${filled.join(', ')})`,
      );
    }
    const taking = columns.filter(
      ({ name, type, isKey }) =>
        values[type] !== undefined && !isKey && name !== 'conversation_id' && !words.test(name),
    );
    if (taking.length > 0) {
      await at.query(
        `update ${table} set ${taking.map(({ name, type }) => `${name} = ${values[type]!}`).join(', ')} where ${where}`,
      );
    }
    reached.push(...taking.map(({ name }) => `${table}.${name}`));
  }
  return reached;
}

/** Names the conversation in every text of a row that is not its own. */
async function mentionElsewhere(at: OpenExport, conversationId: string): Promise<string[]> {
  const byTable = Map.groupBy(await columnsOf(at), ({ table }) => table);
  const reached: string[] = [];
  await at.query(
    `insert into voxport_ops.failures (source_id, stage, error_class, message) values ('support', 'list', 'x', 'x')`,
  );
  await at.query(`insert into voxport_ops.webhook_events (source_id, type, state) values ('support', 'x', 'landed')`);
  for (const [table, columns] of byTable) {
    const isOwn =
      belongsToOne(columns) &&
      !['voxport_ops.failures', 'voxport_ops.webhook_events', 'voxport_ops.schema_drift'].includes(table);
    if (!table.startsWith('voxport_ops.') || withoutContent.has(table) || isOwn) continue;
    const taking = columns.filter(
      ({ name, type, isKey }) =>
        ['text', 'jsonb'].includes(type) &&
        name !== 'conversation_id' &&
        (!isKey || table.endsWith('schema_drift')) &&
        !words.test(name),
    );
    if (taking.length === 0 || (await at.query(`select 1 from ${table} limit 1`)).length === 0) continue;
    const text = `about ${conversationId} of ${planted}`;
    const set = taking.map(({ name, type }) =>
      type === 'jsonb' ? `${name} = '{"about": ["${text}"]}'` : `${name} = '${text}'`,
    );
    const ofOne = belongsToOne(columns) ? `where conversation_id is null` : '';
    await at.query(`update ${table} set ${set.join(', ')} ${ofOne}`);
    reached.push(...taking.map(({ name }) => `${table}.${name}`));
  }
  return reached;
}

/** All tables of all schemas as text, in which bytes are spelt in hex. */
async function dump(at: OpenExport): Promise<string> {
  const tables = await at.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of [...tables, { name: 'pg_catalog.pg_largeobject' }]) {
    const rows = await at.query(`select t::text as text from ${String(name)} t`);
    texts.push(...rows.map(({ text }) => `${String(name)} ${String(text)}`));
  }
  return texts.join('\n');
}

async function filesBelow(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    texts.push(path, await readFile(path, 'latin1'));
  }
  return texts.join('\n');
}

/** Lines in which the value or the conversation stands. */
function found(text: string, conversationId: string): string[] {
  const sought = [planted, conversationId].flatMap((one) => [one, Buffer.from(one).toString('hex')]);
  return text.split('\n').flatMap((line) => (sought.some((one) => line.includes(one)) ? [line.slice(0, 200)] : []));
}

describeOnBothQueues('an erased conversation', (openQueueStore) => {
  test('stands nowhere: planted in every column that takes a text, in files and the queue, nothing but its tombstone is left', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'voxport-erased-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const audio = { store: { directory }, recordingBytesMax: 1024 ** 3 };
    await using at = await openExport({
      simulator: { conversationCount: 12, seed: 51 },
      source: { audio },
      openQueueStore,
    });
    expect((await syncOnce(at.context)).counts).toMatchObject({ loaded: 12 });
    const [row] = await at.query(
      `select conversation_id as id from voxport.recordings where state = 'stored' order by 1 limit 1`,
    );
    const id = String(row?.['id']);
    expect(found(await filesBelow(directory), id).length).toBeGreaterThan(0);
    await at.query(`with alert as (
        insert into voxport_ops.alerts (fingerprint, kind, severity, title, detail, remedy, command, since, opened_at, seen_at, noticed_at)
        values ('f', 'k', 'warning', 'x', 'x', 'x', 'x', now(), now(), now(), now()) returning alert_id)
      insert into voxport_ops.alert_deliveries (receiver, alert_id, event, severity, notice, created_at, due_at)
      select 'slack', alert_id, 'opened', 'warning', '{}', now(), now() from alert`);
    const location = await at.query(`select location from voxport.recordings where conversation_id = '${id}'`);
    const reached = await plantInOwnRows(at, id);
    // Where its file lies must stay true, or nobody could remove it.
    await at.query(
      `update voxport.recordings set location = '${String(location[0]?.['location'])}' where conversation_id = '${id}'`,
    );
    await at.query(`delete from voxport_ops.recording_removals`);
    await at.query(`delete from voxport_ops.received_recordings`);
    expect(reached.length).toBeGreaterThan(150);
    const mentioned = await mentionElsewhere(at, id);
    expect(mentioned).toEqual(
      expect.arrayContaining([
        'voxport_ops.sources.paused_reason',
        'voxport_ops.failures.message',
        'voxport_ops.alerts.title',
        'voxport_ops.alert_deliveries.notice',
        'voxport_ops.runs.filters',
        'voxport_ops.windows.filters',
        'voxport_ops.webhook_events.message',
      ]),
    );
    expect(found(await dump(at), id).length).toBeGreaterThan(20);

    const erased = await at.voxport('erase', '--conversation', id, '--yes');
    expect(erased.exitCode, erased.stderr).toBe(0);

    expect(found(await dump(at), id)).toEqual([]);
    expect(found(await filesBelow(directory), id)).toEqual([]);
    if (at.config.queueUrl !== null) {
      const redis = new Redis(at.config.queueUrl);
      onTestFinished(() => redis.disconnect());
      expect(found(await everythingQueued(redis), id)).toEqual([]);
    }
    expect(await at.query('select source_id from voxport_ops.erased_conversations')).toEqual([
      { source_id: 'support' },
    ]);
    expect(await at.query('select 1 from voxport.conversations')).toHaveLength(11);
  });
});

test('a person who is erased stands in no filter and no reason either', async () => {
  await using at = await openExport({ simulator: { conversationCount: 12, seed: 52 } });
  await syncOnce(at.context);
  const number = '+41 79 555 88 77';
  await at.query(`update voxport_ops.runs set filters = '{"user_id": ["customer-4711"], "agent_id": "a"}'`);
  await at.query(`update voxport_ops.windows set filters = '{"user_id": "12"}'`);
  await at.query(`update voxport_ops.sources set paused_reason = 'no call of 0041 795558877'`);
  await at.query(
    `insert into voxport_ops.coverage (source_id, dialect, filters) values ('support', 'elevenlabs', '{"user_id": "customer-4711"}')`,
  );
  for (const args of [
    ['--user', 'customer-4711'],
    ['--user', '12'],
    ['--phone', number],
  ])
    expect(await at.voxport('erase', ...args, '--yes')).toMatchObject({ exitCode: 0 });
  const text = await dump(at);
  expect(text).not.toContain('customer-4711');
  expect(text).not.toContain('795558877');
  expect(await at.query('select distinct filters from voxport_ops.windows')).toEqual([
    { filters: { user_id: '[erased]' } },
  ]);
  expect(await at.query('select distinct filters from voxport_ops.runs')).toEqual([
    { filters: { user_id: ['[erased]'], agent_id: 'a' } },
  ]);
  expect(await at.query('select 1 from voxport.conversations')).toHaveLength(12);
});
