import type {
  GuardrailTriggerRow,
  LlmUsageRow,
  RagChunkRow,
  ToolCallRow,
  ToolResultChunkRow,
  ToolResultRow,
  DynamicVariableUpdateRow,
  TranscriptTurnRow,
  TurnMetricRow,
} from './tables/children.ts';
import { addGuardrailTriggers } from './guardrail-triggers.ts';
import { addLlmUsage } from './llm-usage.ts';
import { addRagChunks } from './rag-chunks.ts';
import { extraCell, hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { flag } from './read/flag.ts';
import { jsonCell, listCell, objectCell } from './read/json-cell.ts';
import { duration } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { list, listItem, record } from './read/record.ts';
import { identifier, numberOrText, text, texts, word } from './read/text.ts';
import { isoOfSecs, unixSecsOfMillis } from './read/time.ts';
import type { RowKey } from './row-key.ts';
import { addTurnMetrics } from './turn-metrics.ts';
import { addToolRows } from './turn-tools.ts';
import { feedbackScores, roles, sourceMedia } from './vocabularies.ts';

/** Where the rows of a conversation's turns are added. */
export interface TurnRows {
  readonly transcriptTurns: TranscriptTurnRow[];
  readonly toolCalls: ToolCallRow[];
  readonly toolResults: ToolResultRow[];
  readonly dynamicVariableUpdates: DynamicVariableUpdateRow[];
  readonly llmUsage: LlmUsageRow[];
  readonly turnMetrics: TurnMetricRow[];
  readonly ragChunks: RagChunkRow[];
  readonly toolResultChunks: ToolResultChunkRow[];
  readonly guardrailTriggers: GuardrailTriggerRow[];
}

/** When the conversation started, and, from a proxy that stamps each turn, when each was said (Unix seconds). */
export interface TurnClock {
  readonly startedSecs: number | null;
  readonly saidSecs: readonly (number | null)[] | null;
}

const path = 'transcript[]';
const turnKeys: ReadonlySet<string> = new Set([
  'id',
  'role',
  'agent_metadata',
  'message',
  'multivoice_message',
  'tool_calls',
  'tool_results',
  'feedback',
  'llm_override',
  'producing_llm',
  'time_in_call_secs',
  'conversation_turn_metrics',
  'rag_retrieval_info',
  'llm_usage',
  'interrupted',
  'original_message',
  'source_medium',
  'source_event_id',
  'used_static_kb_document_ids',
  'analysis',
  'user_identifier',
  'file_input',
  'file_inputs',
  'contextual_update_info',
  'config_snapshot_id',
  'ignored_as_backchannel',
  'platform_event',
  'reasoning',
  'reasoned',
  'triggered_guardrails',
  'created_at_unix_ms',
]);
const agentKeys: ReadonlySet<string> = new Set(['agent_id', 'branch_id', 'workflow_node_id', 'version_id']);
const feedbackKeys: ReadonlySet<string> = new Set(['score', 'time_in_call_secs']);
const nothing: JsonRecord = {};

/**
 * Adds the rows of one item of `transcript`. An item that is no object gives a row of nulls, so that indexes stay the
 * payload's.
 */
export function addTurn(
  reading: Reading,
  rows: TurnRows,
  key: RowKey,
  turnIndex: number,
  item: unknown,
  clock: TurnClock,
): void {
  const turn = listItem(reading, item, path);
  const at = {
    source_id: key.source_id,
    conversation_id: key.conversation_id,
    turn_index: turnIndex,
    scope: 'turn' as const,
  };
  const extra: Extra = { root: null };
  if (hasUnknown(turn, turnKeys)) keepUnknown(reading, extra, turn, turnKeys, path, []);

  const agent = part(reading, extra, turn, 'agent_metadata', agentKeys);
  const feedback = part(reading, extra, turn, 'feedback', feedbackKeys);
  const speech = addTurnMetrics(reading, rows.turnMetrics, extra, at, turn['conversation_turn_metrics']);
  const retrieval = addRagChunks(reading, rows.ragChunks, extra, at, turn['rag_retrieval_info']);
  addLlmUsage(reading, rows.llmUsage, extra, at, turn['llm_usage'], 'transcript[].llm_usage', usagePlace);
  const tools = addToolRows(reading, rows, at, turn['tool_calls'], turn['tool_results']);
  const timeInCall = duration(reading, turn['time_in_call_secs'], 'transcript[].time_in_call_secs');
  addGuardrailTriggers(reading, rows.guardrailTriggers, at, turn['triggered_guardrails']);
  // To the millisecond, where the source tells it; else from the whole seconds since the start.
  const createdSecs = unixSecsOfMillis(reading, turn['created_at_unix_ms'], 'transcript[].created_at_unix_ms');
  const { startedSecs } = clock;
  const computedSecs = startedSecs === null || timeInCall === null ? null : startedSecs + timeInCall;

  rows.transcriptTurns.push({
    source_id: key.source_id,
    conversation_id: key.conversation_id,
    turn_index: turnIndex,
    turn_id: identifier(reading, turn['id'], 'transcript[].id'),
    role: word(reading, turn['role'] === 'assistant' ? 'agent' : turn['role'], 'transcript[].role', roles),
    message: text(reading, turn['message'], 'transcript[].message'),
    original_message: text(reading, turn['original_message'], 'transcript[].original_message'),
    time_in_call_secs: timeInCall,
    said_at: isoOfSecs(createdSecs ?? clock.saidSecs?.[turnIndex] ?? computedSecs),
    interrupted: flag(reading, turn['interrupted'], 'transcript[].interrupted'),
    source_medium: word(reading, turn['source_medium'], 'transcript[].source_medium', sourceMedia),
    agent_id: identifier(reading, agent['agent_id'], 'transcript[].agent_metadata.agent_id'),
    branch_id: identifier(reading, agent['branch_id'], 'transcript[].agent_metadata.branch_id'),
    version_id: identifier(reading, agent['version_id'], 'transcript[].agent_metadata.version_id'),
    workflow_node_id: identifier(reading, agent['workflow_node_id'], 'transcript[].agent_metadata.workflow_node_id'),
    llm_override: identifier(reading, turn['llm_override'], 'transcript[].llm_override'),
    producing_llm: identifier(reading, turn['producing_llm'], 'transcript[].producing_llm'),
    feedback_score: word(reading, feedback['score'], 'transcript[].feedback.score', feedbackScores),
    feedback_time_in_call_secs: duration(
      reading,
      feedback['time_in_call_secs'],
      'transcript[].feedback.time_in_call_secs',
    ),
    rag_query: retrieval.rag_query,
    rag_embedding_model: retrieval.rag_embedding_model,
    rag_latency_secs: retrieval.rag_latency_secs,
    tool_call_count: tools.callCount,
    tool_result_count: tools.resultCount,
    multivoice: objectCell(reading, turn['multivoice_message'], 'transcript[].multivoice_message'),
    reasoning: listCell(reading, turn['reasoning'], 'transcript[].reasoning'),
    guardrails: listCell(reading, turn['triggered_guardrails'], 'transcript[].triggered_guardrails'),
    asr_provider: speech.asr_provider,
    tts_provider: speech.tts_provider,
    tts_model: speech.tts_model,
    tts_cascade: speech.tts_cascade,
    source_event_id: numberOrText(reading, turn['source_event_id'], 'transcript[].source_event_id'),
    user_identifier: numberOrText(reading, turn['user_identifier'], 'transcript[].user_identifier'),
    ignored_as_backchannel: flag(reading, turn['ignored_as_backchannel'], 'transcript[].ignored_as_backchannel'),
    reasoned: flag(reading, turn['reasoned'], 'transcript[].reasoned'),
    static_document_ids: texts(
      reading,
      turn['used_static_kb_document_ids'],
      'transcript[].used_static_kb_document_ids',
    ),
    platform_event: jsonCell(reading, turn['platform_event'], 'transcript[].platform_event'),
    file_inputs: fileInputsCell(reading, turn['file_inputs'], turn['file_input']),
    contextual_update: objectCell(reading, turn['contextual_update_info'], 'transcript[].contextual_update_info'),
    analysis: jsonCell(reading, turn['analysis'], 'transcript[].analysis'),
    config_snapshot_id: identifier(reading, turn['config_snapshot_id'], 'transcript[].config_snapshot_id'),
    extra: extraCell(reading, extra, path),
    voice_id: speech.voice_id,
  });
}

const usagePlace = ['llm_usage'];

function part(reading: Reading, extra: Extra, turn: JsonRecord, key: string, known: ReadonlySet<string>): JsonRecord {
  const value = turn[key];
  if (value === null || value === undefined) return nothing;
  const found = record(reading, value, `transcript[].${key}`);
  if (found === null) return nothing;
  if (hasUnknown(found, known)) keepUnknown(reading, extra, found, known, `transcript[].${key}`, [key]);
  return found;
}

/** One list for both keys: `file_inputs` is the newer, `file_input` the older with one file. */
function fileInputsCell(reading: Reading, many: unknown, one: unknown): string | null {
  const files = list(reading, many, 'transcript[].file_inputs') ?? [];
  if (record(reading, one, 'transcript[].file_input') === null) {
    return jsonCell(reading, Array.isArray(many) ? many : null, 'transcript[].file_inputs');
  }
  const written = files.length === 0 ? null : jsonCell(reading, one, 'transcript[].file_input');
  const isRepeated = files.some((file) => jsonCell(reading, file, 'transcript[].file_inputs[]') === written);
  return jsonCell(reading, isRepeated ? files : [...files, one], 'transcript[].file_inputs');
}
