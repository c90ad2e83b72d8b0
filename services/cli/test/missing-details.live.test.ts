import { expect, test } from 'vitest';
import { describeOnOneQueue, syncOnce } from './export-parts.ts';
import { openExport, servedIds } from './open-export.ts';

const simulator = { conversationCount: 60, seed: 33, latencyMs: 5 };

const openFailures = `
  select stage, conversation_id, error_class, attempts from voxport_ops.failures where resolved_at is null order by conversation_id`;

describeOnOneQueue('a conversation that answers 404', (openQueueStore) => {
  test.each([
    ['by the API', { do: 'not_found' } as const],
    ['by a front end', { do: 'html', status: 404 } as const],
  ])('%s, and is listed, is a failure and not gone; had again later, the failure ends', async (_by, action) => {
    await using parts = await openExport({ simulator, openQueueStore });
    const id = (await servedIds(parts))[20]!;
    // The details of the others have come before: one of a source that gives details is missing.
    parts.simulator.setFaults([
      { match: { endpoint: 'detail', conversationId: id }, action: { do: 'delay', ms: 300 } },
    ]);
    await syncOnce(parts.context);
    await parts.query(`update voxport_ops.inventory set list_fingerprint = 'other' where conversation_id = '${id}'`);
    parts.simulator.setFaults([{ match: { endpoint: 'detail', conversationId: id }, action }]);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ failed: 1, gone: 0, pending: 0 });
    expect(await parts.query(openFailures)).toEqual([
      { stage: 'fetch', conversation_id: id, error_class: 'detail_missing', attempts: 2 },
    ]);
    expect(await parts.query(`select deleted_at from voxport.conversations where conversation_id = '${id}'`)).toEqual([
      { deleted_at: null },
    ]);
    parts.simulator.setFaults([]);
    expect(await parts.voxport('failures', 'retry', '--all')).toMatchObject({ exitCode: 0 });
    expect(await parts.voxport('sync')).toMatchObject({ exitCode: 0 });
    expect(await parts.query(openFailures)).toEqual([]);
  });

  test('is gone where the list does not show it either', async () => {
    await using parts = await openExport({ simulator, openQueueStore });
    await syncOnce(parts.context);
    const id = (await servedIds(parts))[20]!;
    parts.simulator.updateConversation(id, { isDeleted: true });
    await parts.query(`update voxport_ops.inventory set next_check_at = now() where conversation_id = '${id}'`);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ failed: 0 });
    expect(await parts.query(`select state from voxport_ops.inventory where conversation_id = '${id}'`)).toEqual([
      { state: 'gone' },
    ]);
  });

  test('and many others at one time, whose deletions are judged by few list requests', async () => {
    await using parts = await openExport({ simulator, openQueueStore });
    await syncOnce(parts.context);
    for (const id of await servedIds(parts)) parts.simulator.updateConversation(id, { isDeleted: true });
    await parts.query('update voxport_ops.inventory set next_check_at = now()');
    parts.simulator.resetStats();
    expect((await syncOnce(parts.context)).counts).toMatchObject({ rechecked: 60, failed: 0 });
    expect(await parts.query('select distinct state from voxport_ops.inventory')).toEqual([{ state: 'gone' }]);
    const { list, detail } = parts.simulator.stats().requests;
    expect(detail).toEqual({ 404: 60 });
    // One or two pages are the sync's own. The others judge all calls below the newest that has answered so far: 4.7 of
    // them on average where 60 answer in any order, hardly ever over 10, and one more for every three seconds.
    expect(list?.['200']).toBeLessThanOrEqual(2 + 15);
  });

  test.each([
    ['by the API', { do: 'not_found' } as const],
    ['by a front end', { do: 'html', status: 404 } as const],
  ])(
    '%s, like every other, is one failure of the set-up of its source, and the command ends with 1',
    async (_by, action) => {
      await using parts = await openExport({
        simulator: { ...simulator, conversationCount: 230 },
        openQueueStore,
      });
      parts.simulator.setFaults([{ match: { endpoint: 'detail' }, action }]);
      const ended = await parts.voxport('sync', '--json');
      expect(ended.exitCode).toBe(1);
      expect(JSON.parse(ended.stdout)).toMatchObject({
        state: 'finished_with_failures',
        listed: 230,
        loaded: 0,
        gone: 0,
        failed: 230,
      });
      expect(await parts.query(openFailures)).toMatchObject([
        { stage: 'fetch', conversation_id: null, error_class: 'detail_missing' },
      ]);
      const [failure] = await parts.query('select message from voxport_ops.failures');
      expect(failure?.['message']).toContain("Check the source's base_url and dialect");
      const details = Object.values(parts.simulator.stats().requests['detail'] ?? {}).reduce(
        (sum, count) => sum + count,
        0,
      );
      // Most are asked for once: enough of them had been in vain by the time of the second attempts.
      expect(details).toBeLessThan(2 * 230 - 100);

      parts.simulator.setFaults([]);
      expect(await parts.voxport('failures', 'retry', '--class', 'detail_missing')).toMatchObject({ exitCode: 0 });
      expect(await parts.voxport('sync')).toMatchObject({ exitCode: 0 });
      expect(await parts.query(openFailures)).toEqual([]);
      expect(await parts.query('select count(*)::int as count from voxport.conversations')).toEqual([{ count: 230 }]);
    },
  );

  test('first of all, before the details of the others come, is in the end a failure of its own', async () => {
    await using parts = await openExport({ simulator, openQueueStore });
    const id = (await servedIds(parts))[20]!;
    parts.simulator.setFaults([
      { match: { endpoint: 'detail', conversationId: id }, action: { do: 'not_found' } },
      { match: { endpoint: 'detail', countedBy: 'conversation', nth: [1, 2, 3] }, action: { do: 'reset' } },
    ]);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ loaded: 59, failed: 1, gone: 0, pending: 0 });
    expect(await parts.query(openFailures)).toMatchObject([{ conversation_id: id, error_class: 'detail_missing' }]);
  });
});

describeOnOneQueue('an answer that is not whole', (openQueueStore) => {
  test('by a count that means something else is loaded where that comparison is switched off', async () => {
    await using parts = await openExport({ simulator, openQueueStore, source: { checkMessageCount: false } });
    const { simulator: api } = parts;
    const headers = { 'xi-api-key': api.apiKey ?? '' };
    const ids = await servedIds(parts);
    const answers = await Promise.all(
      ids.map(async (id) => (await fetch(`${api.url}/v1/convai/conversations/${id}`, { headers })).json()),
    );
    const long = (answers as { conversation_id: string; transcript: unknown[] }[]).find(
      ({ transcript }) => transcript.length > 5,
    )!;
    const body = { ...long, transcript: long.transcript.slice(0, 1) };
    const match = { endpoint: 'detail', conversationId: long.conversation_id } as const;
    api.setFaults([{ match, action: { do: 'status', status: 200, body } }]);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ loaded: 60, failed: 0 });
    expect(
      await parts.query(
        `select count(*)::int as count from voxport.transcript_turns where conversation_id = '${long.conversation_id}'`,
      ),
    ).toEqual([{ count: 1 }]);
  });

  test.each([
    [
      'lacks what every conversation has',
      (detail: Record<string, unknown>) => ({ conversation_id: detail['conversation_id'] }),
    ],
    [
      'has fewer turns than its list row counts',
      (detail: Record<string, unknown>) => ({ ...detail, transcript: (detail['transcript'] as unknown[]).slice(0, 1) }),
    ],
  ])('because it %s is not loaded, asked for again, and then a failure that keeps its bytes', async (_why, shorten) => {
    await using parts = await openExport({ simulator, openQueueStore });
    const { simulator: api } = parts;
    const rows = await fetch(`${api.url}/v1/convai/conversations?page_size=100`, {
      headers: { 'xi-api-key': api.apiKey ?? '' },
    });
    const { conversations } = (await rows.json()) as {
      conversations: { conversation_id: string; message_count: number }[];
    };
    const id = conversations.find(({ message_count: count }) => count > 5)!.conversation_id;
    const answer = await fetch(`${api.url}/v1/convai/conversations/${id}`, {
      headers: { 'xi-api-key': api.apiKey ?? '' },
    });
    const body = shorten((await answer.json()) as Record<string, unknown>);
    const match = { endpoint: 'detail', conversationId: id } as const;
    // Once in vain, and then whole.
    api.setFaults([{ name: 'once', times: 2, match, action: { do: 'status', status: 200, body } }]);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ loaded: 60, failed: 0 });
    const turns = `select count(*)::int as count from voxport.transcript_turns where conversation_id = '${id}'`;
    const [known] = await parts.query(turns);
    expect(api.stats().faultsPlayed['once']).toBe(2);

    await parts.query(`update voxport_ops.inventory set list_fingerprint = 'other' where conversation_id = '${id}'`);
    api.setFaults([{ match, action: { do: 'status', status: 200, body } }]);
    expect((await syncOnce(parts.context)).counts).toMatchObject({ failed: 1, pending: 0 });
    expect(
      await parts.query(
        `select f.conversation_id, error_class, attempts, state, size_bytes > 0 as has_bytes
         from voxport_ops.failures f join voxport_raw.payloads using (payload_id)`,
      ),
    ).toEqual([
      { conversation_id: id, error_class: 'incomplete_payload', attempts: 3, state: 'failed', has_bytes: true },
    ]);
    expect(await parts.query(turns)).toEqual([known]);
  });
});
