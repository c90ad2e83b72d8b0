import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '@voxport/testkit';
import { claimPayloads, settlePayloads } from '../../raw/claim-payloads.ts';
import { landTranscription } from '../../webhooks/land-webhook.ts';
import { isWaitingForLock, openTestPipeline } from '../ops-testing.ts';
import { markGone } from './end-in-failure.ts';
import { eraseConversation } from './erase-conversation.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test.each([
  ['marked', markGone],
  ['mirrored', eraseConversation],
])(
  'a 404 (deletions are %s) that comes while the loader ends what the webhook brought leaves the conversation loaded',
  async (_deletions, endGone) => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    const conversationId = 'received';
    const [type, eventAt] = ['post_call_transcription', new Date('2026-09-10T10:00:00Z')];
    await landTranscription(
      kysely,
      { sourceId, type, eventAt, signatureAgeSecs: 1, digest: Buffer.from(sourceId), replaces: null, conversationId },
      { body: Buffer.from('{}'), agentId: null, startedAt: eventAt, status: 'done', hasTranscript: false },
    );
    let gone: Promise<unknown> = Promise.resolve();
    await kysely.transaction().execute(async (loader) => {
      const claimed = await claimPayloads(loader, { sourceId, limit: 1, bytesMax: 1e9 });
      gone = endGone(kysely, { sourceId, conversationId, generation: 1 });
      await eventually(() => isWaitingForLock(source), { what: 'the 404 to wait for the loader' });
      const payloads = claimed.map((payload) => ({ ...payload, outcome: 'inserted' as const, checkInSecs: null }));
      await settlePayloads(loader, { sourceId, mappingVersion: 3, payloads });
    });
    await gone;
    expect(await source.inventory(conversationId)).toMatchObject({ state: 'loaded' });
  },
);
