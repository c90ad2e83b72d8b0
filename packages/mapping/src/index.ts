export { entityMappingVersion, mapEntity, type EntityRow, type MappedEntity } from './entities/map-entity.ts';
export { parseJson } from './json/parse-json.ts';
export { toStorable } from './json/storable.ts';
export { writeJson } from './json/write-json.ts';
export { mapConversation, rowMappingVersion } from './map-conversation.ts';
export {
  agentEvaluations,
  childTables,
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
  type ToolResultRow,
} from './tables/children.ts';
export type { ConversationRows, Drift } from './tables/conversation-rows.ts';
export { conversations, type ConversationRow } from './tables/conversations.ts';
export { entityTables, historyColumns, presentColumns, type EntityTable } from './tables/entities.ts';
export { conversationKey, type ColumnType, type RowOf, type Table } from './tables/table.ts';
