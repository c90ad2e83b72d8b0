import { startSimulator } from '@voxport/simulator';
import { expect, test } from 'vitest';
import { failureOf, patient, testSource } from './sources.ts';

const universe = { seed: 'deletion', conversationCount: 3 };

test('deletes a conversation at the source, and takes one that is gone for what it is', async () => {
  await using simulator = await startSimulator(universe);
  await using source = testSource({ baseUrl: simulator.url, apiKey: simulator.apiKey ?? '' });
  const id = simulator.conversationIdAt(0);
  expect(await source.deleteConversation(id, patient)).toBe('deleted');
  expect(simulator.truth(id)).toBeNull();
  expect(await source.deleteConversation(id, patient)).toBe('not_found');
  expect(simulator.truth(simulator.conversationIdAt(1))).not.toBeNull();
  expect(source.events.map(({ endpoint, status }) => [endpoint, status])).toEqual([
    ['delete', 200],
    ['delete', 404],
  ]);
});

test('a connection that breaks is tried again at once; an answer that says it is done without a body is done', async () => {
  await using simulator = await startSimulator(universe);
  await using source = testSource({ baseUrl: simulator.url, apiKey: simulator.apiKey ?? '' });
  simulator.setFaults([{ match: { endpoint: 'delete' }, times: 1, action: { do: 'reset' } }]);
  expect(await source.deleteConversation(simulator.conversationIdAt(0), patient)).toBe('deleted');
  simulator.setFaults([{ match: { endpoint: 'delete' }, action: { do: 'status', status: 204 } }]);
  expect(await source.deleteConversation(simulator.conversationIdAt(1), patient)).toBe('deleted');
});

test('a key without the permission is told so, and a front end that knows no conversations is no deletion', async () => {
  await using simulator = await startSimulator(universe);
  await using source = testSource({ baseUrl: simulator.url, apiKey: simulator.apiKey ?? '' });
  const id = simulator.conversationIdAt(0);
  simulator.setFaults([
    { match: { endpoint: 'delete' }, action: { do: 'status', status: 403, body: { detail: 'no' } } },
  ]);
  expect(await failureOf(source.deleteConversation(id, patient))).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('permission to delete conversations') as string,
  });
  simulator.setFaults([{ match: { endpoint: 'delete' }, action: { do: 'html', status: 404 } }]);
  expect(await failureOf(source.deleteConversation(id, patient))).toMatchObject({ code: 'not_the_api' });
});

test('a proxy has no deletion: nothing is sent', async () => {
  await using simulator = await startSimulator(universe);
  await using source = testSource({
    baseUrl: simulator.voiceableUrl,
    dialect: 'voiceable',
    apiKey: simulator.apiKey ?? '',
  });
  expect(await failureOf(source.deleteConversation(simulator.conversationIdAt(0), patient))).toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('the dialect voiceable has no deletion') as string,
  });
  expect(source.events).toEqual([]);
});
