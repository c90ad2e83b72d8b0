import { TerminalFailure } from '@voxport/domain';
import { startSimulator, type Simulator } from '@voxport/simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSource, type ConversationSource } from '../open-source.ts';

let simulator: Simulator;
let source: ConversationSource;
const { signal } = new AbortController();
const settings = { sourceId: 'support', apiKey: 'k', filters: {}, connectionsMax: 2, userAgent: 'test' } as const;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 'entities', apiKey: 'k', conversationCount: 10, agentCount: 130 });
  source = openSource({ ...settings, dialect: 'elevenlabs', baseUrl: simulator.url });
});
afterAll(async () => {
  await source.close();
  await simulator.close();
});

test('a list is read page by page, each item with its id and without what changes with every call', async () => {
  const ids: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: Awaited<ReturnType<typeof source.listEntities>> = await source.listEntities(
      { entity: 'agents', cursor },
      signal,
    );
    ids.push(...page.items.map(({ entityId }) => entityId));
    for (const { item } of page.items) {
      expect(item).not.toHaveProperty('last_call_time_unix_secs');
      expect(item).not.toHaveProperty('access_info');
    }
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== null);
  expect(pages).toBe(2);
  expect(ids).toEqual(simulator.trueEntities()['agents']!.map(({ agent_id: id }) => id));
});

test('the marker of an agent changes when the agent does', async () => {
  const agentId = String(simulator.trueEntities()['agents']![0]!['agent_id']);
  const marker = async (): Promise<string | undefined> =>
    (await source.listEntities({ entity: 'agents', cursor: null }, signal)).items[0]?.marker;
  const before = await marker();
  expect(await marker()).toBe(before);
  simulator.updateAgent(agentId, { updatedUnixSecs: 1_760_000_000 });
  expect(await marker()).not.toBe(before);
});

test('branches and versions have the agent in their ids, and what is not there is not_found', async () => {
  const agentId = String(simulator.trueEntities()['agents']![1]!['agent_id']);
  const branches = await source.listEntities({ entity: 'agent_branches', agentId }, signal);
  expect(branches.items.map(({ entityId }) => entityId.split('/')[0])).toEqual([agentId, agentId]);
  await expect(
    source.listEntities({ entity: 'agent_version', agentId, versionId: 'none' }, signal),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a key without the permission is told which one it needs', async () => {
  simulator.setFaults([{ match: { endpoint: 'entities', entity: 'tools' }, action: { do: 'forbidden' } }]);
  const refused = source.listEntities({ entity: 'tools', cursor: null }, signal);
  await expect(refused).rejects.toMatchObject({ code: 'forbidden', message: expect.stringMatching(/convai_read/u) });
  await expect(refused).rejects.toBeInstanceOf(TerminalFailure);
  simulator.setFaults([]);
});

test('an answer that is none, and a dialect without entities, are failures', async () => {
  simulator.setFaults([
    { match: { endpoint: 'entities' }, action: { do: 'status', status: 200, body: { other: [] } } },
  ]);
  await expect(source.listEntities({ entity: 'tags', cursor: null }, signal)).rejects.toMatchObject({
    code: 'malformed_response',
  });
  simulator.setFaults([]);
  const proxy = openSource({ ...settings, dialect: 'voiceable', baseUrl: simulator.voiceableUrl });
  await expect(proxy.listEntities({ entity: 'tags', cursor: null }, signal)).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await proxy.close();
});
