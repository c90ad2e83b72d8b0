import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../src/index.ts';

const secret = 'whsec_1';

/** A receiver that keeps what it is sent. */
async function receive(): Promise<{ url: string; received: { signature: string; body: string }[] }> {
  const received: { signature: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      received.push({
        signature: String(request.headers['elevenlabs-signature']),
        body: Buffer.concat(pieces).toString(),
      });
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}

test('webhooks are signed over their bytes, and carry the detail, the sound, or why a call never began', async () => {
  await using simulator = await startSimulator({ conversationCount: 3, seed: 5 });
  const { url, received } = await receive();
  const conversationId = simulator.conversationIdAt(1);
  const target = { url, secret, eventUnixSecs: 1_790_000_000, signedUnixSecs: 1_790_000_005 };
  const failure = { agentId: 'agent_1', reason: 'busy', provider: 'sip', report: { sip_status_code: 486 } } as const;
  expect(await simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target)).toBe(200);
  expect(
    await simulator.sendWebhook({ type: 'post_call_transcription', conversationId, excludesTranscript: true }, target),
  ).toBe(200);
  expect(await simulator.sendWebhook({ type: 'post_call_audio', conversationId }, target)).toBe(200);
  expect(
    await simulator.sendWebhook({ type: 'call_initiation_failure', conversationId: 'conv_x', ...failure }, target),
  ).toBe(200);
  for (const { signature, body } of received) {
    const digest = createHmac('sha256', secret).update(`1790000005.${body}`).digest('hex');
    expect(signature).toBe(`t=1790000005,v0=${digest}`);
    expect(JSON.parse(body)).toMatchObject({ event_timestamp: 1_790_000_000 });
  }
  const [whole, bare, audio, failed] = received.map(
    ({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> },
  );
  expect(whole?.data).toEqual(JSON.parse(simulator.detailText(conversationId)!));
  expect(bare?.data).toEqual({ ...whole?.data, transcript: undefined });
  expect(Buffer.from(String(audio?.data['full_audio']), 'base64').length).toBeGreaterThan(1000);
  expect(failed).toMatchObject({
    type: 'call_initiation_failure',
    data: { failure_reason: 'busy', metadata: { type: 'sip' } },
  });
  await expect(simulator.sendWebhook({ type: 'post_call_audio', conversationId: 'conv_none' }, target)).rejects.toThrow(
    RangeError,
  );
});
