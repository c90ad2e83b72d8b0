import { expect, test } from 'vitest';
import { callOf, type Call } from './call.ts';
import { outlineAt } from './outline.ts';
import type { ToolResult } from './types.ts';
import { totalNanoUsd } from './usage.ts';
import { makeWorld } from './world.ts';

const world = makeWorld({
  seed: 11,
  agentCount: 6,
  turnsPerConversation: 20,
  hasOnlyChats: false,
  conversationCount: 1500,
  startUnixSecs: 1_700_000_000,
  endUnixSecs: 1_702_000_000,
  tiedStarts: { share: 0.1, size: 4 },
  nowMs: () => 1_800_000_000_000,
});
const calls: readonly Call[] = Array.from({ length: 1500 }, (_, index) => callOf(world, outlineAt(world, index)));
const turns = calls.flatMap((call) => call.turns);

function nested(result: ToolResult): readonly ToolResult[] {
  if (result.outcome.kind !== 'workflow') return [result];
  return [
    result,
    ...result.outcome.steps.flatMap((step) => (step.kind === 'nested_tools' ? step.results.flatMap(nested) : [])),
  ];
}
const results = turns.flatMap((turn) => turn.results).flatMap(nested);

test('every type of tool call and result occurs', () => {
  const called = new Set(turns.flatMap((turn) => turn.calls.map((call) => call.type)));
  for (const type of [
    'system',
    'webhook',
    'client',
    'mcp',
    'workflow',
    'api_integration_webhook',
    'api_integration_mcp',
    'smb',
    null,
  ])
    expect(called).toContain(type);
  expect(new Set(results.map((result) => result.type))).toContain('code');
  expect(results.some((result) => result.isBlocked)).toBe(true);
  expect(results.some((result) => result.isError && result.errorMessage !== null)).toBe(true);
});

test('all 21 known types of a system result occur', () => {
  const types = new Set(
    results.flatMap((result) => (result.outcome.kind === 'system' ? [result.outcome.resultType] : [])),
  );
  expect(types.size).toBe(21);
});

test('a workflow runs inside a workflow inside a workflow, and one runs out of iterations', () => {
  const steps = results.flatMap((result) => (result.outcome.kind === 'workflow' ? result.outcome.steps : []));
  expect(new Set(steps.map((step) => step.kind))).toEqual(new Set(['edge', 'nested_tools', 'max_iterations_exceeded']));
  const depth = (result: ToolResult): number =>
    result.outcome.kind === 'workflow'
      ? 1 +
        Math.max(
          0,
          ...result.outcome.steps.flatMap((step) => (step.kind === 'nested_tools' ? step.results.map(depth) : [])),
        )
      : 0;
  expect(Math.max(...results.map(depth))).toBe(3);
});

test('a call and its result are on consecutive agent turns, joined by the request id', () => {
  for (const call of calls)
    for (const [index, turn] of call.turns.entries())
      for (const toolCall of turn.calls) {
        const next = call.turns[index + 1];
        expect([turn.role, next?.role]).toEqual(['agent', 'agent']);
        expect(next?.results.map((result) => result.requestId)).toEqual([toolCall.requestId]);
      }
});

test('what was initiated adds up to the price of the call, and is never less than what is irreversible', () => {
  const charged = calls.flatMap((call) => (call.charging === null ? [] : [call.charging]));
  expect(charged.length).toBeGreaterThan(1000);
  for (const charging of charged) {
    const initiated = charging.initiated.reduce((sum, usage) => sum + totalNanoUsd(usage), 0);
    expect(initiated).toBe(charging.llmNanoUsd);
    expect(charging.irreversible.reduce((sum, usage) => sum + totalNanoUsd(usage), 0)).toBeLessThanOrEqual(initiated);
  }
  expect(charged.some((charging) => charging.initiated.length > 1)).toBe(true);
});

test('every kind of call occurs', () => {
  const has = (isWanted: (call: Call) => boolean) => expect(calls.some(isWanted)).toBe(true);
  for (const provider of ['twilio', 'sip_trunking', 'exotel']) has((call) => call.phone?.provider === provider);
  for (const callResult of ['answered', 'voicemail', 'busy', 'no_answer', 'failed'])
    has((call) => call.phone?.callResult === callResult);
  for (const language of ['en', 'de', 'es', 'fr', 'ja']) has((call) => call.outline.language === language);
  for (const type of ['thumbs', 'rating']) has((call) => call.outline.feedback.type === type);
  has((call) => call.batch?.campaignId === null);
  has((call) => typeof call.batch?.campaignId === 'string');
  has((call) => call.whatsapp !== null);
  has((call) => call.sms !== null);
  has((call) => call.delivery?.status === 'failed');
  has((call) => call.zendeskTicketId !== null);
  has((call) => call.outline.failure !== null && call.outline.phase === 'failed');
  has((call) => call.warnings.length > 0);
  has((call) => call.costNanoUsd === null && call.charging !== null);
  has((call) => call.ragUsageCount > 0);
  has((call) => call.turns.length === 0);
  has((call) => call.overridesLanguage);
  has((call) => call.isOldShape);
});

test('every rare fact of a turn occurs', () => {
  const has = (isWanted: (turn: (typeof turns)[number]) => unknown) =>
    expect(turns.some((turn) => isWanted(turn))).toBe(true);
  has((turn) => turn.id);
  has((turn) => turn.interrupted && turn.originalMessage !== turn.message);
  has((turn) => turn.feedback);
  has((turn) => turn.llmOverride);
  has((turn) => turn.multivoice);
  has((turn) => turn.reasoning);
  has((turn) => turn.guardrails);
  has((turn) => turn.platformEvent);
  has((turn) => turn.file);
  has((turn) => turn.contextId);
  has((turn) => turn.staticDocumentIds.length);
  has((turn) => turn.agent?.workflowNodeId);
  has((turn) => turn.retrieval?.tellsUse && turn.retrieval.chunks.some((chunk) => !chunk.isUsed));
  has((turn) => turn.results.some((result) => result.updates.length > 1));
  has((turn) => turn.calls.some((call) => call.params.value === null));
  for (const medium of ['audio', 'text', 'dtmf', 'file', null])
    has((turn) => turn.role === 'user' && turn.sourceMedium === medium);
});

test('data points hold every JSON type', () => {
  const types = new Set(
    calls.flatMap((call) =>
      (call.analysis?.dataPoints ?? []).map(({ value }) =>
        value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value,
      ),
    ),
  );
  expect(types).toEqual(new Set(['string', 'number', 'boolean', 'object', 'array', 'null']));
});

test('no text has an unfilled slot', () => {
  for (const turn of turns) expect(turn.message ?? '').not.toMatch(/\{\w+\}/);
});
