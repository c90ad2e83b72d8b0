import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { syncOnce } from './export-parts.ts';
import { openGateway } from './gateway-parts.ts';

type Gateway = Awaited<ReturnType<typeof openGateway>>;

const events = `select state, conversation_id, message from voxport_ops.webhook_events order by event_id`;
const landed = `select conversation_id from voxport_raw.payloads where origin = 'webhook'`;

const sorted = (rows: readonly Record<string, unknown>[]): string[] =>
  rows.map((row) => String(row['conversation_id'])).toSorted();

const idsOf = ({ simulator }: Gateway): string[] =>
  [...Array(simulator.count()).keys()].map((index) => simulator.conversationIdAt(index));

function detailOf(
  { simulator }: Gateway,
  id: string,
): { agent_id: string; metadata: { start_time_unix_secs: number } } {
  return JSON.parse(simulator.detailText(id)!) as never;
}

/** The agent of the first call, which some others have as well and some have not. */
async function agentOfFirst(): Promise<string> {
  await using parts = await openGateway();
  return detailOf(parts, idsOf(parts)[0]!).agent_id;
}

async function send(
  { simulator, target }: Gateway,
  type: 'post_call_transcription' | 'post_call_audio',
): Promise<void> {
  for (const conversationId of [...Array(simulator.count()).keys()].map((index) => simulator.conversationIdAt(index)))
    expect(await simulator.sendWebhook({ type, conversationId }, target)).toBe(200);
}

test('a webhook of another agent is acknowledged and noted, and nothing of it is kept, its recording neither', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-webhook-scope-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const agentId = await agentOfFirst();
  await using parts = await openGateway({
    filters: { agent_id: agentId },
    audio: { store: { directory }, recordingBytesMax: 64 * 1024 * 1024 },
  });
  const own = idsOf(parts).filter((id) => detailOf(parts, id).agent_id === agentId);
  const others = idsOf(parts).filter((id) => !own.includes(id));
  expect([own.length, others.length].every((count) => count > 0)).toBe(true);
  await send(parts, 'post_call_transcription');
  await send(parts, 'post_call_audio');
  expect(sorted(await parts.all(landed))).toEqual(own.toSorted());
  expect(sorted(await parts.all('select conversation_id from voxport_ops.inventory'))).toEqual(own.toSorted());
  const withAudio = sorted(await parts.all('select conversation_id from voxport_ops.received_recordings'));
  expect(withAudio.length).toBeGreaterThan(0);
  expect(withAudio.every((id) => own.includes(id))).toBe(true);
  const ignored = (await parts.all(events)).filter(({ state }) => state === 'ignored');
  expect(ignored.length).toBeGreaterThanOrEqual(others.length);
  expect(ignored.map(({ message }) => message)).toEqual(
    ignored.map(
      () =>
        'The conversation is not one that the source exports: it differs from its filter agent_id. It is not loaded.',
    ),
  );
});

test('a webhook of a call that started before since is noted and not loaded', async () => {
  await using parts = await openGateway({ since: new Date(Date.now() - 5_400_000) });
  const since = parts.context.sources[0]!.config.since!;
  const own = idsOf(parts).filter((id) => detailOf(parts, id).metadata.start_time_unix_secs * 1000 >= since.getTime());
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThan(parts.simulator.count());
  await send(parts, 'post_call_transcription');
  expect(sorted(await parts.all(landed))).toEqual(own.toSorted());
  expect(await parts.one(`select distinct message from voxport_ops.webhook_events where state = 'ignored'`)).toEqual({
    message: expect.stringContaining('it differs from its setting since'),
  });
});

test('where only the list can tell, the list does: what it has shown is taken, the rest waits for the next sync', async () => {
  await using parts = await openGateway({ filters: { tool_names: ['end_call'] } });
  await send(parts, 'post_call_transcription');
  expect(await parts.all(landed)).toEqual([]);
  expect(await parts.one('select distinct state, message from voxport_ops.webhook_events')).toEqual({
    state: 'ignored',
    message:
      'Only the list can tell whether the conversation matches tool_names of the source: the next sync exports it if it does.',
  });
  const { counts } = await syncOnce(parts.context);
  expect(counts.loaded).toBeGreaterThan(0);
  expect(counts.loaded).toBeLessThan(parts.simulator.count());
  for (const id of idsOf(parts)) parts.simulator.updateConversation(id, { tagIds: ['changed'] });
  await send(parts, 'post_call_transcription');
  expect(sorted(await parts.all(landed))).toEqual(
    sorted(await parts.all('select conversation_id from voxport.conversations')),
  );
});

test('a call that never began obeys the agent and since', async () => {
  await using parts = await openGateway({ filters: { agent_id: 'mine' }, since: new Date('2026-01-01') });
  const { simulator, target } = parts;
  const failed = { type: 'call_initiation_failure', reason: 'busy', provider: 'sip', report: {} } as const;
  expect(await simulator.sendWebhook({ ...failed, conversationId: 'conv_mine', agentId: 'mine' }, target)).toBe(200);
  expect(await simulator.sendWebhook({ ...failed, conversationId: 'conv_other', agentId: 'other' }, target)).toBe(200);
  const old = { ...target, eventUnixSecs: Date.parse('2025-12-31') / 1000 };
  expect(await simulator.sendWebhook({ ...failed, conversationId: 'conv_old', agentId: 'mine' }, old)).toBe(200);
  expect(await parts.all(events)).toMatchObject([
    { state: 'landed', conversation_id: 'conv_mine' },
    { state: 'ignored', conversation_id: 'conv_other', message: expect.stringContaining('agent_id') },
    { state: 'ignored', conversation_id: 'conv_old', message: expect.stringContaining('since') },
  ]);
});
