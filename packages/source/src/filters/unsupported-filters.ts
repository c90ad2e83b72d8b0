import type { Dialect, ListFilters } from '@voxport/domain';
import { filterNames, supportedFilters } from './filter-kinds.ts';

/**
 * Names of the filters that are set but that this API does not document, in the vendor's words; empty when all is well.
 */
export function unsupportedFilters(dialect: Dialect, filters: ListFilters): (keyof ListFilters)[] {
  return filterNames.filter((name) => filters[name] !== undefined && !supportedFilters[dialect].has(name));
}
