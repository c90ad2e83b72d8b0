import type { Dialect } from '@voxport/domain';
import type { ConversationRows, Drift } from './tables/conversation-rows.ts';
import { agentEvaluationRows } from './agent-evaluations.ts';
import { partsOf, type ConversationParts } from './conversation-parts.ts';
import { conversationRow, type ProxyFields } from './conversations.ts';
import { dataCollectionRows } from './data-collection-results.ts';
import { evaluationRows } from './evaluation-results.ts';
import { addLlmUsage, wholeCall } from './llm-usage.ts';
import { readPayload } from './payload.ts';
import { makeDriftLog } from './read/drift-log.ts';
import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { count } from './read/quantity.ts';
import { list, record } from './read/record.ts';
import { unixSecs } from './read/time.ts';
import { addTurn, type TurnRows } from './transcript-turns.ts';
import { normalise } from './voiceable/normalise.ts';

/** Raised whenever the same payload would give other rows than before: rows of an older version are worth a reload. */
export const rowMappingVersion = 3;

/** A payload to map. */
export interface ConversationInput {
  /** The configured source's name. */
  readonly sourceId: string;
  /** The id that was asked for. */
  readonly conversationId: string;
  readonly dialect: Dialect;
  /** The detail as received: JSON text in UTF-8. */
  readonly body: Uint8Array;
  /** The row of the list that told of it, for what only the list has; null where there was none (a webhook). */
  readonly listed: Readonly<Record<string, unknown>> | null;
}

/** What a payload became. */
export interface MappedConversation {
  readonly rows: ConversationRows;
  readonly drift: readonly Drift[];
}

const noProxy: ProxyFields = { callQuality: null, outcome: null, costUsd: null, rest: null };
const empty: JsonRecord = {};
const chargingUsageKeys: ReadonlySet<string> = new Set(['initiated_generation', 'irreversible_generation']);
const usagePath = ['metadata', 'charging', 'llm_usage'];

/**
 * Maps a conversation's payload to its rows: pure, the same input gives the same output. A tolerant reader: whatever is
 * wrong with a field costs that field (null, and an entry in `drift`), never the conversation. Throws
 * `TerminalFailure('unusable_payload')`, with the body, where the payload is no JSON, no object, has no id, or another
 * id than the one asked for.
 */
export function mapConversation(input: ConversationInput): MappedConversation {
  const { detail: received, parsed, isBroken } = readPayload(input.body, input.conversationId, input.dialect);
  const drift = makeDriftLog();
  if (isBroken) drift.add('', 'unstorable_text', 'bytes that are not UTF-8');
  // A proxy's list row fills the gaps of its detail before the builders see it.
  const isMixed = input.dialect === 'voiceable' && input.listed !== null;
  const reading: Reading = { drift, isExact: parsed.isExact, isSuspect: parsed.isSuspect || isMixed };
  const readings = { reading, listing: { drift, isExact: parsed.isExact, isSuspect: true } };
  const key = { source_id: input.sourceId, conversation_id: input.conversationId };
  const extra: Extra = { root: null };

  const isProxy = input.dialect === 'voiceable';
  const normalised = isProxy ? normalise(reading, received, input.listed ?? empty) : null;
  const parts = partsOf(readings, extra, normalised?.detail ?? received, normalised?.listed ?? input.listed ?? empty);
  const startedSecs =
    unixSecs(reading, parts.metadata['start_time_unix_secs'], 'metadata.start_time_unix_secs') ??
    unixSecs(readings.listing, parts.listed['start_time_unix_secs'], 'conversations[].start_time_unix_secs');

  const rows: TurnRows = {
    transcriptTurns: [],
    toolCalls: [],
    toolResults: [],
    dynamicVariableUpdates: [],
    llmUsage: [],
    turnMetrics: [],
    ragChunks: [],
    toolResultChunks: [],
    guardrailTriggers: [],
  };
  const turns = list(reading, parts.detail['transcript'], 'transcript');
  const clock = { startedSecs, saidSecs: normalised?.saidSecs ?? null };
  for (let index = 0; index < (turns?.length ?? 0); index += 1)
    addTurn(reading, rows, key, index, turns?.[index], clock);
  addCallUsage(reading, rows, extra, key, parts.charging['llm_usage']);

  const context = {
    startedSecs,
    turnCount: turns === null ? null : turns.length,
    messageCount: turns === null ? null : rows.transcriptTurns.filter(({ message }) => hasText(message)).length,
    toolNames: toolNamesOf(rows),
    proxy: normalised?.proxy ?? noProxy,
  };
  const evaluationResults = evaluationRows(readings, key, parts.analysis, parts.listed);
  const dataCollectionResults = dataCollectionRows(readings, key, parts.analysis, parts.listed);
  const conversation = conversationRow(readings, key, parts, context, extra);
  noteMissingTurns(readings.listing, parts, turns?.length ?? 0);
  const agentEvaluations = agentEvaluationRows(reading, key, parts.analysis);
  const ofAnalysis = { evaluationResults, dataCollectionResults, agentEvaluations };
  return { rows: { conversation, ...rows, ...ofAnalysis }, drift: drift.entries() };
}

/** The whole call's usage. Initiated and irreversible hold the same generations: two scopes, never one sum. */
function addCallUsage(
  reading: Reading,
  rows: TurnRows,
  extra: Extra,
  key: { source_id: string; conversation_id: string },
  value: unknown,
): void {
  const path = 'metadata.charging.llm_usage';
  const usage = record(reading, value, path);
  if (usage === null) return;
  if (hasUnknown(usage, chargingUsageKeys)) keepUnknown(reading, extra, usage, chargingUsageKeys, path, usagePath);
  for (const [name, scope] of [
    ['initiated_generation', 'call_initiated'],
    ['irreversible_generation', 'call_irreversible'],
  ] as const) {
    const at = { ...key, turn_index: wholeCall, scope };
    addLlmUsage(reading, rows.llmUsage, extra, at, usage[name], `${path}.${name}`, [...usagePath, name]);
  }
}

/**
 * Notes a detail that has fewer turns than its list row has messages (turns with a text): the answer was cut short,
 * unless the source has deleted the transcript by its retention. All turns count, those without a text too: a source
 * that counts these as messages must not look incomplete.
 */
function noteMissingTurns(listing: Reading, { listed, metadata }: ConversationParts, turnCount: number): void {
  const listedCount = Number(count(listing, listed['message_count'], 'conversations[].message_count') ?? 0);
  if (listedCount <= turnCount) return;
  const deletion = record(listing, metadata['deletion_settings'], 'metadata.deletion_settings');
  if (deletion?.['deleted_transcript_at_time_unix_secs'] != null) return;
  listing.drift.add('transcript', 'missing_items', 'fewer turns than the list counts');
}

function hasText(message: string | null): boolean {
  return message !== null && message.trim() !== '';
}

function toolNamesOf(rows: TurnRows): string[] {
  const names = new Set<string>();
  for (const { tool_name: name, is_routing: isRouting } of rows.toolCalls)
    if (name !== null && !isRouting) names.add(name);
  return [...names];
}
