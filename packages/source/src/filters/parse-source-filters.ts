import { type Dialect, type ListFilters, TerminalFailure } from '@voxport/domain';
import { parseListFilters } from './parse-list-filters.ts';
import { unsupportedFilters } from './unsupported-filters.ts';

/**
 * Reads the filters of a source from a configuration, see `parseListFilters`, and checks that its API has them: an
 * unknown parameter would be ignored there in silence, and more be exported than was asked for. Throws a
 * `TerminalFailure` (`invalid_request`) that names what is wrong.
 */
export function parseSourceFilters(dialect: Dialect, input: unknown): ListFilters {
  const filters = parseListFilters(input);
  const unsupported = unsupportedFilters(dialect, filters);
  if (unsupported.length > 0)
    throw new TerminalFailure('invalid_request', `filters: the dialect ${dialect} has no ${unsupported.join(', ')}.`);
  return filters;
}
