export type { ConversationPage, ConversationPayload, ListedConversation } from './conversation.ts';
export { dialects, type Dialect } from './dialect.ts';
export { TerminalFailure, TransientFailure, type FailureCode } from './failure.ts';
export type { ListFilters } from './filters.ts';
export type { Origin } from './origin.ts';
export type { TimeRange } from './time-range.ts';
