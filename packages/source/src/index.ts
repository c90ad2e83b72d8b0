export { filterKinds, filterNames, type FilterKind } from './filters/filter-kinds.ts';
export { matchPayload, type PayloadScope } from './filters/match-payload.ts';
export { parseListFilters } from './filters/parse-list-filters.ts';
export { parseSourceFilters } from './filters/parse-source-filters.ts';
export { unsupportedFilters } from './filters/unsupported-filters.ts';
export type { Recording } from './conversations/get-recording.ts';
export { openSource, type ConversationSource } from './open-source.ts';
export type { ResponseEvent } from './request/request.ts';
export type { SourceSettings, SourceTimeouts } from './settings.ts';
