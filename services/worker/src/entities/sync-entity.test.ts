import { TerminalFailure, type EntityItem, type EntityPage, type EntityRequest } from '@voxport/domain';
import { expect, test } from 'vitest';
import { makeSyncEntity } from './sync-entity.ts';

const item = (entityId: string, marker = '1'): EntityItem => ({ entityId, marker, item: { id: entityId } });
const many = (prefix: string, count: number, marker = '1'): EntityItem[] =>
  Array.from({ length: count }, (_, n) => item(`${prefix}_${n}`, marker));

/** A workspace that answers in pages of a hundred, and what is known of it. */
function makeWorkspace(lists: Partial<Record<EntityRequest['entity'], EntityItem[]>>) {
  const requests: EntityRequest[] = [];
  const markers = new Map<string, string>();
  const ended: string[][] = [];
  const versions: { agentId: string; versionId: string }[] = [];
  const page = (items: EntityItem[], cursor: string | null): EntityPage => {
    const first = Number(cursor ?? 0);
    return {
      items: items.slice(first, first + 100),
      nextCursor: first + 100 < items.length ? String(first + 100) : null,
    };
  };
  const sync = makeSyncEntity({
    list: async (request) => {
      requests.push(request);
      if (request.entity === 'agent') return page([item(request.agentId)], null);
      if (request.entity === 'agent_branches') return page([item(`${request.agentId}/main`)], null);
      if (request.entity !== 'agent_version') return page(lists[request.entity] ?? [], request.cursor);
      if (request.versionId === 'lost') throw new TerminalFailure('not_found', 'gone', { status: 404 });
      return page([item(`${request.agentId}/${request.versionId}`)], null);
    },
    readMarkers: async (entity) => (entity === 'agents' ? new Map(markers) : new Map()),
    readUnknownVersions: async (after, limit) => {
      const from = after === null ? 0 : versions.findIndex(({ versionId }) => versionId === after.versionId) + 1;
      return versions.slice(from, from + limit);
    },
    save: async (items) => {
      for (const { entityId, marker, item: stored } of items) if ('detail' in stored) markers.set(entityId, marker);
    },
    endMissing: async (seen) => void ended.push([...seen]),
  });
  const { signal } = new AbortController();
  return {
    run: (entity: Parameters<typeof sync>[0]) => sync(entity, signal),
    requests,
    markers,
    ended,
    versions,
    lists,
  };
}

test('every page of a list is asked for, and what the whole list does not have is ended', async () => {
  const { run, requests, ended } = makeWorkspace({ tools: many('tool', 250) });
  expect(await run('tools')).toEqual({ items: 250, requests: 3 });
  expect(requests.map((request) => 'cursor' in request && request.cursor)).toEqual([null, '100', '200']);
  expect(ended).toEqual([many('tool', 250).map(({ entityId }) => entityId)]);
});

test('the settings of an agent are asked for again only when its list says that it has changed', async () => {
  const { run, lists } = makeWorkspace({ agents: many('agent', 3) });
  expect(await run('agents')).toEqual({ items: 3, requests: 4 });
  expect(await run('agents')).toEqual({ items: 3, requests: 1 });
  lists.agents = [...many('agent', 2), item('agent_2', '2')];
  expect(await run('agents')).toEqual({ items: 3, requests: 2 });
});

test('a version that is gone is passed over, and nothing ends for it', async () => {
  const { run, versions, ended } = makeWorkspace({});
  versions.push({ agentId: 'a', versionId: 'lost' }, { agentId: 'a', versionId: 'v2' });
  expect(await run('agent_versions')).toEqual({ items: 1, requests: 2 });
  expect(ended).toEqual([]);
});

test('more versions than are looked up at once are all asked for', async () => {
  const { run, versions } = makeWorkspace({});
  for (let n = 0; n < 450; n += 1) versions.push({ agentId: 'a', versionId: `v${n}` });
  expect(await run('agent_versions')).toEqual({ items: 450, requests: 450 });
});

test('a failure is thrown before anything has ended', async () => {
  const ended: unknown[] = [];
  const sync = makeSyncEntity({
    list: () => Promise.reject(new TerminalFailure('forbidden', 'no permission')),
    readMarkers: async () => new Map(),
    readUnknownVersions: async () => [],
    save: async () => {},
    endMissing: async (seen) => void ended.push(seen),
  });
  await expect(sync('tags', new AbortController().signal)).rejects.toThrow('no permission');
  expect(ended).toEqual([]);
});

test('50 agents, 200 tools and 10,000 calls a day: less than 2 % more requests than the calls alone', async () => {
  const { run, requests, markers, versions, lists } = makeWorkspace({
    agents: many('agent', 50),
    tools: many('tool', 200),
    tags: many('tag', 20),
    phone_numbers: many('number', 50),
    batch_calls: many('batch', 100),
  });
  for (const { entityId, marker } of many('agent', 50)) markers.set(entityId, marker);
  // Ten agents are changed in the day, each with a version that calls name.
  versions.push(...many('agent', 10).map(({ entityId }) => ({ agentId: entityId, versionId: `${entityId}_v2` })));
  const timesADay = 24 / 3;
  for (let time = 0; time < timesADay; time += 1) {
    if (time === 1) lists.agents = [...many('agent', 10, '2'), ...many('agent', 50).slice(10)];
    for (const entity of ['agents', 'tools', 'tags', 'phone_numbers', 'batch_calls'] as const) await run(entity);
    // Their own times: branches once a day, versions as they are named.
    if (time === 0) await run('agent_branches');
    await run('agent_versions');
    versions.length = 0;
  }
  const callRequests = 10_000;
  expect(requests).toHaveLength(timesADay * (1 + 2 + 1 + 1 + 1) + 50 + 10 + 10);
  expect(requests.length / callRequests).toBeLessThan(0.02);
});
