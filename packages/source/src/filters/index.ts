export { filterKinds, filterNames, type FilterKind } from './filter-kinds.ts';
export { matchPayload, type PayloadScope } from './match-payload.ts';
export { parseListFilters } from './parse-list-filters.ts';
export { parseSourceFilters } from './parse-source-filters.ts';
export { unsupportedFilters } from './unsupported-filters.ts';
