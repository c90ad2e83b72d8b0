import { pastMonth } from '@voxport/simulator';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { syncOnce } from '../../test/export-parts.ts';
import { openExport } from '../../test/open-export.ts';
import { runCommand } from '../../test/run-command.ts';

/** An exported month, with what is needed to damage it and to reload it. */
async function exported(conversationCount: number, seed: number) {
  const parts = await openExport({ simulator: { conversationCount, seed } });
  const { simulator, context, config } = parts;
  expect((await syncOnce(context)).counts).toMatchObject({ loaded: conversationCount, failed: 0 });
  return {
    ...parts,
    command: (...args: string[]) => runCommand(config, args),
    commandWithoutSources: (...args: string[]) => runCommand({ ...config, sources: [] }, args),
    expectTruth: () => expectTablesToEqualTruth(context.database, simulator.truths(), 'support'),
  };
}

test('a reload fixes tables that were damaged by hand, without asking the API', async () => {
  await using exportedMonth = await exported(300, 11);
  const { simulator, query, command, commandWithoutSources, expectTruth } = exportedMonth;
  await query(`delete from voxport.transcript_turns where turn_index % 3 = 1`);
  await query(`delete from voxport.tool_results where hashtext(conversation_id) % 2 = 0`);
  await query(`insert into voxport.turn_metrics (source_id, conversation_id, turn_index, metric, elapsed_secs)
    select source_id, conversation_id, 0, 'invented', 1 from voxport.conversations limit 50`);
  await query(`update voxport.llm_usage set total_cost_usd = 99`);
  await query(`update voxport.evaluation_results set result = 'changed'`);
  await query(`update voxport.conversations set summary = 'changed', turn_count = 0, agent_id = null, deleted_at = now(),
    observed_at = now() + interval '1 year' where hashtext(conversation_id) % 3 = 0`);
  await query(`delete from voxport.conversations where hashtext(conversation_id) % 5 = 0`);
  await expect(expectTruth()).rejects.toThrow('to deeply equal');

  simulator.resetStats();
  const result = await command('reload', '--json');
  expect(result).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(result.stdout)).toMatchObject({ conversations: 300, payloads: 300, failed: 0 });
  expect(await expectTruth()).toBe(300);
  expect(
    await query(`select 1 from voxport.conversations where deleted_at is not null or observed_at > now()`),
  ).toEqual([]);
  expect(simulator.stats().requests).toEqual({});

  // A source that is no longer configured is reloaded too: the database knows its dialect.
  await query(`truncate voxport.conversations cascade`);
  expect(await commandWithoutSources('reload', '--source', 'support')).toMatchObject({ exitCode: 0 });
  expect(await expectTruth()).toBe(300);
});

test('rows of an older mapping are told by the status, and brought up to date', async () => {
  await using exportedMonth = await exported(120, 12);
  const { query, command, expectTruth } = exportedMonth;
  const outdated = async (): Promise<unknown> =>
    (JSON.parse((await command('status', '--json')).stdout) as { sources: { outdated: number }[] }).sources[0]
      ?.outdated;
  expect(await outdated()).toBe(0);
  // As an older version would have left it: other digests, other rows.
  await query(`update voxport_ops.loaded_conversations set mapping_version = 0, transcript_mapping_version = transcript_mapping_version * 0,
    content_hash = '\\x00', transcript_content_hash = '\\x00' where hashtext(conversation_id) % 2 = 0`);
  await query(`update voxport_raw.payloads set mapping_version = 0`);
  await query(`update voxport.conversations set duration_secs = null, tts_model = 'older'`);
  await query(`update voxport.transcript_turns set message = null`);
  const marked = Number(
    (await query(`select count(*) from voxport_ops.loaded_conversations where mapping_version = 0`))[0]?.['count'],
  );
  expect(marked).toBeGreaterThan(30);
  expect(await outdated()).toBe(marked);
  expect((await command('status')).stdout).toContain('voxport reload --source support');

  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await expectTruth()).toBe(120);
  expect(await outdated()).toBe(0);
  expect(await query(`select distinct mapping_version from voxport_raw.payloads`)).toEqual([{ mapping_version: 3 }]);
});

test('a captured transcript that the source has emptied since comes back from the older payload', async () => {
  await using exportedMonth = await exported(40, 13);
  const { simulator, context, query, command } = exportedMonth;
  const ids = (
    await query(`select conversation_id as id from voxport.conversations where turn_count > 2 order by 1 limit 10`)
  ).map((row) => String(row['id']));
  for (const id of ids) simulator.updateConversation(id, { isTranscriptBlank: true, tagIds: ['tag_later'] });
  expect((await syncOnce(context)).counts).toMatchObject({ fetched: 10, failed: 0 });
  const snapshot = async (): Promise<unknown> =>
    query(`select c.conversation_id, c.turn_count, c.message_count, c.tag_ids, c.observed_at,
      (select md5(string_agg(t::text, ',' order by turn_index)) from voxport.transcript_turns t where t.conversation_id = c.conversation_id)
      from voxport.conversations c order by 1`);
  const before = await snapshot();
  expect(await query(`select 1 from voxport_raw.payloads`)).toHaveLength(50);

  await query(`delete from voxport.transcript_turns`);
  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await snapshot()).toEqual(before);
  await query(`delete from voxport.conversations`);
  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await snapshot()).toEqual(before);
});

test('only what is chosen is rebuilt: a range of call starts, an agent, single conversations', async () => {
  await using exportedMonth = await exported(200, 14);
  const { query, command } = exportedMonth;
  const [sample] = await query(
    `select agent_id as agent, conversation_id as id from voxport.conversations order by 2 limit 1`,
  );
  await query(`update voxport.conversations set summary_title = 'damaged'`);
  const repaired = (where: string): Promise<Record<string, unknown>[]> =>
    query(
      `select conversation_id from voxport.conversations where summary_title is distinct from 'damaged' and not (${where})`,
    );
  const choices: [string[], string][] = [
    [['--conversation', String(sample?.['id'])], `conversation_id = '${String(sample?.['id'])}'`],
    [['--from', '2026-09-10', '--to', '2026-09-12'], `started_at >= '2026-09-10Z' and started_at < '2026-09-13Z'`],
    [['--agent', String(sample?.['agent'])], `agent_id = '${String(sample?.['agent'])}'`],
  ];
  for (const [args, where] of choices) {
    await query(`update voxport.conversations set summary_title = 'damaged'`);
    const { exitCode, stdout } = await command('reload', ...args, '--json');
    expect(exitCode).toBe(0);
    expect(await repaired(where)).toEqual([]);
    expect(await query(`select 1 from voxport.conversations where ${where}`)).toHaveLength(
      (JSON.parse(stdout) as { conversations: number }).conversations,
    );
    expect(await query(`select 1 from voxport.conversations where ${where} and summary_title = 'damaged'`)).toEqual([]);
  }
  expect(
    await command('reload', '--from', '2026-09-12', '--to', '2026-09-10').catch((error: unknown) => String(error)),
  ).toContain('--from must be before --to');
});

test('a payload that cannot be loaded ends in the failures, the others load; once it can, its failure ends', async () => {
  await using exportedMonth = await exported(30, 15);
  const { query, command, expectTruth } = exportedMonth;
  await query(
    `create table public.kept as select payload_id, body, size_bytes, encoding from voxport_raw.payloads order by conversation_id limit 2`,
  );
  await query(`update voxport_raw.payloads set body = convert_to('{"broken"', 'utf8'), encoding = 'identity', size_bytes = 9
    where payload_id in (select payload_id from public.kept)`);
  await query(`delete from voxport.transcript_turns`);
  const result = await command('reload', '--json');
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({ conversations: 30, payloads: 30, failed: 2 });
  expect(await query(`select stage, error_class from voxport_ops.failures where resolved_at is null`)).toEqual([
    { stage: 'load', error_class: 'unusable_payload' },
    { stage: 'load', error_class: 'unusable_payload' },
  ]);
  expect(
    await query(`select 1 from voxport.conversations c where not exists
    (select 1 from voxport.transcript_turns t where t.conversation_id = c.conversation_id) and turn_count > 0`),
  ).toHaveLength(2);

  await query(`update voxport_raw.payloads p set body = kept.body, size_bytes = kept.size_bytes, encoding = kept.encoding
    from public.kept where kept.payload_id = p.payload_id`);
  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await query(`select 1 from voxport_ops.failures where resolved_at is null`)).toEqual([]);
  expect(await expectTruth()).toBe(30);
});

test('a payload whose bytes are damaged does not stop a reload, and is fetched anew by a retry', async () => {
  await using exportedMonth = await exported(30, 17);
  const { query, command, expectTruth } = exportedMonth;
  await query(
    `update voxport_raw.payloads set body = '\\x00ff' where payload_id = (select min(payload_id) from voxport_raw.payloads)`,
  );
  await query(`delete from voxport.transcript_turns`);
  const result = await command('reload', '--json');
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({ conversations: 30, payloads: 30, failed: 1 });
  expect(await query(`select stage, error_class from voxport_ops.failures where resolved_at is null`)).toEqual([
    { stage: 'load', error_class: 'damaged_payload' },
  ]);
  expect(await command('failures', 'retry', '--class', 'damaged_payload')).toMatchObject({ exitCode: 0 });
  expect(await command('sync')).toMatchObject({ exitCode: 0 });
  expect(await query(`select 1 from voxport_ops.failures where resolved_at is null`)).toEqual([]);
  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await expectTruth()).toBe(30);
});

test('readers never see a table empty or a conversation without its turns while it is rebuilt', async () => {
  await using exportedMonth = await exported(500, 16);
  const { query, command } = exportedMonth;
  const counts = `select (select count(*) from voxport.conversations) as conversations, (select count(*) from voxport.transcript_turns) as turns,
    (select count(*) from voxport.tool_calls) as calls, (select count(*) from voxport.turn_metrics) as metrics`;
  const [before] = await query(counts);
  const seen: unknown[] = [];
  const reloading = command('reload');
  const state = { isDone: false };
  void reloading.then(() => (state.isDone = true));
  while (!state.isDone) seen.push((await query(counts))[0]);
  expect(await reloading).toMatchObject({ exitCode: 0 });
  expect(seen.length).toBeGreaterThan(2);
  for (const count of seen) expect(count).toEqual(before);
});

test('a reload beside a running export disturbs it not: nothing is lost, and the run counts what it loaded', async () => {
  await using exportedMonth = await exported(300, 17);
  const { simulator, context, query, command, expectTruth } = exportedMonth;
  simulator.addConversations(400, pastMonth);
  for (let index = 0; index < 100; index += 1)
    simulator.updateConversation(simulator.conversationIdAt(index), { tagIds: ['tag_later'] });
  const syncing = syncOnce(context);
  const state = { isDone: false };
  void syncing.finally(() => (state.isDone = true)).catch(() => {});
  let reloads = 0;
  while (!state.isDone) {
    expect(await command('reload')).toMatchObject({ exitCode: 0 });
    reloads += 1;
  }
  expect((await syncing).counts).toMatchObject({ loaded: 500, failed: 0, pending: 0 });
  expect(reloads).toBeGreaterThan(0);
  expect(await expectTruth()).toBe(700);
  expect(await query(`select 1 from voxport_ops.failures`)).toEqual([]);
});

test('what has landed and waits for a loader is loaded too', async () => {
  await using exportedMonth = await exported(20, 18);
  const { query, command, expectTruth } = exportedMonth;
  await query(`delete from voxport.conversations`);
  await query(`update voxport_raw.payloads set state = 'landed', loaded_at = null, mapping_version = null
    where payload_id in (select payload_id from voxport_raw.payloads order by 1 limit 7)`);
  const result = await command('reload', '--json');
  expect(JSON.parse(result.stdout)).toMatchObject({
    conversations: 13,
    sources: [{ source: 'support', loaded_waiting: 7 }],
  });
  expect(await expectTruth()).toBe(20);
});

test('a conversation that is gone at the source is marked as gone also when its rows had been deleted', async () => {
  await using exportedMonth = await exported(10, 19);
  const { query, command } = exportedMonth;
  await query(
    `update voxport_ops.inventory set state = 'gone' where conversation_id in (select conversation_id from voxport_ops.inventory order by 1 limit 3)`,
  );
  await query(`delete from voxport.conversations`);
  expect(await command('reload')).toMatchObject({ exitCode: 0 });
  expect(await query(`select 1 from voxport.conversations where deleted_at is not null`)).toHaveLength(3);
});
