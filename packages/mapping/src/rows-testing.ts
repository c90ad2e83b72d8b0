import type { Dialect } from '@voxport/domain';
import {
  agentEvaluations,
  dataCollectionResults,
  dynamicVariableUpdates,
  evaluationResults,
  guardrailTriggers,
  llmUsage,
  ragChunks,
  toolCalls,
  toolResultChunks,
  toolResults,
  transcriptTurns,
  turnMetrics,
} from './tables/children.ts';
import type { ConversationRows } from './tables/conversation-rows.ts';
import { conversations } from './tables/conversations.ts';
import type { ColumnType, Table } from './tables/table.ts';
import { mapConversation, type MappedConversation } from './map-conversation.ts';

type Row = Readonly<Record<string, unknown>>;

/** The rows of each table, under the table's definition. */
export function rowsByTable(rows: ConversationRows): [Table, readonly Row[]][] {
  return [
    [conversations, [rows.conversation]],
    [transcriptTurns, rows.transcriptTurns],
    [toolCalls, rows.toolCalls],
    [toolResults, rows.toolResults],
    [dynamicVariableUpdates, rows.dynamicVariableUpdates],
    [llmUsage, rows.llmUsage],
    [turnMetrics, rows.turnMetrics],
    [ragChunks, rows.ragChunks],
    [evaluationResults, rows.evaluationResults],
    [dataCollectionResults, rows.dataCollectionResults],
    [guardrailTriggers, rows.guardrailTriggers],
    [toolResultChunks, rows.toolResultChunks],
    [agentEvaluations, rows.agentEvaluations],
  ] as [Table, readonly Row[]][];
}

/** Maps a detail given as a value, or as JSON text. */
export function mapDetail(
  detail: unknown,
  options: { dialect?: Dialect; listed?: Row | null; conversationId?: string } = {},
): MappedConversation {
  return mapConversation({
    sourceId: 'source',
    conversationId: options.conversationId ?? 'conv_1',
    dialect: options.dialect ?? 'elevenlabs',
    body: new TextEncoder().encode(typeof detail === 'string' ? detail : JSON.stringify(detail)),
    listed: options.listed ?? null,
  });
}

/** What is wrong with a row as a row of its table: other columns, or a cell that its column type would refuse. */
export function nonconformities(row: Row, table: Table): string[] {
  const expected = Object.keys(table.columns);
  const found = Object.keys(row);
  const wrong: string[] = [];
  if (expected.join() !== found.join()) wrong.push(`${table.name}: columns ${found.join()}`);
  for (const column of expected) {
    const value = row[column];
    const type = table.columns[column] as ColumnType;
    if (value !== null && !conformsTo[type](value)) wrong.push(`${table.name}.${column}: ${JSON.stringify(value)}`);
  }
  return wrong;
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

const conformsTo: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  text: isText,
  'text[]': (value) => Array.isArray(value) && value.every(isText),
  bigint: (value) =>
    (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) ||
    (typeof value === 'string' && /^-?\d+$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)),
  numeric: (value) =>
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value)),
  'double precision': (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  timestamptz: (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    value >= '1970',
  jsonb: (value) => isText(value) && isStorableJson(value),
};

/** JSON without U+0000, lone surrogates, or nesting that Postgres refuses. */
function isStorableJson(text: string): boolean {
  const open: unknown[] = [JSON.parse(text)];
  if (/\\u(0000|d[89a-f])/i.test(text.replaceAll('\\\\', ''))) return false;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string' && !isText(value)) return false;
    if (typeof value === 'object' && value !== null) open.push(...Object.keys(value), ...Object.values(value));
  }
  return true;
}
