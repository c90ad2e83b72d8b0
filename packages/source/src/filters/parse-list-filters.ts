import { type ListFilters, TerminalFailure } from '@voxport/domain';
import { isObject, numberOf } from '../rows/values.ts';
import { type FilterKind, filterKinds, filterNames } from './filter-kinds.ts';

/** List parameters that are no filters of the user's: the windows and the pages set them. */
const ownedByWindows: ReadonlySet<string> = new Set([
  'call_start_after_unix',
  'call_start_before_unix',
  'cursor',
  'page_size',
  'summary_mode',
  'sort_direction',
]);

/**
 * Reads filters from a configuration or a command line: an object from the vendor's parameter names to values, where
 * numbers and booleans may be text (`"30"`, `"true"`) and a single text may stand for a list of one. Null and
 * undefined mean not set. Throws a `TerminalFailure` (`invalid_request`) that lists every problem at once.
 * `nameOf` says what a filter is called where it was given, e.g. `--agent` on a command line.
 */
export function parseListFilters(
  input: unknown,
  nameOf: (name: keyof ListFilters) => string = (name) => name,
): ListFilters {
  if (input === undefined || input === null) return {};
  if (!isObject(input)) throw refused(['expected an object of parameter names and values']);

  const problems: string[] = [];
  const filters: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue;
    if (!isFilterName(name)) {
      problems.push(describeUnknown(name));
      continue;
    }
    const parsed = parseValue(filterKinds[name], value);
    if (parsed === null)
      problems.push(`${nameOf(name)} must be ${expectations[filterKinds[name]]}, not ${describeValue(value)}`);
    else filters[name] = parsed;
  }

  const typed = filters as ListFilters;
  problems.push(
    ...crossed(typed, 'call_duration_min_secs', 'call_duration_max_secs', nameOf),
    ...crossed(typed, 'rating_min', 'rating_max', nameOf),
  );
  if (problems.length > 0) throw refused(problems);
  return typed;
}

const expectations: Readonly<Record<FilterKind, string>> = {
  text: 'a text that is not empty',
  count: 'a whole number, 0 or more',
  rating: 'a whole number from 1 to 5',
  flag: 'true or false',
  texts: 'a list of texts that are not empty',
};

function parseValue(kind: FilterKind, value: unknown): string | number | boolean | string[] | null {
  switch (kind) {
    case 'text':
      return parseText(value);
    case 'count':
      return parseWhole(value, 0, Number.MAX_SAFE_INTEGER);
    case 'rating':
      return parseWhole(value, 1, 5);
    case 'flag':
      if (value === true || value === 'true') return true;
      return value === false || value === 'false' ? false : null;
    case 'texts': {
      const texts = (Array.isArray(value) ? value : [value]).map(parseText);
      return texts.length > 0 && texts.every((text) => text !== null) ? [...new Set(texts)] : null;
    }
  }
}

/** A number is accepted as text, because a configuration file's `agent_id: 123` is one. */
function parseText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' ? null : text;
}

function parseWhole(value: unknown, min: number, max: number): number | null {
  const number = numberOf(value);
  return number !== null && Number.isInteger(number) && number >= min && number <= max ? number : null;
}

type Bound = 'call_duration_min_secs' | 'call_duration_max_secs' | 'rating_min' | 'rating_max';

function crossed(filters: ListFilters, min: Bound, max: Bound, nameOf: (name: Bound) => string): string[] {
  const [low, high] = [filters[min], filters[max]];
  return low !== undefined && high !== undefined && low > high
    ? [`${nameOf(min)} (${low}) is larger than ${nameOf(max)} (${high})`]
    : [];
}

function isFilterName(name: string): name is keyof ListFilters {
  return Object.hasOwn(filterKinds, name);
}

function describeUnknown(name: string): string {
  if (ownedByWindows.has(name)) return `${name} cannot be a filter, the export sets it itself`;
  return `${JSON.stringify(name)} is no filter; known are ${filterNames.join(', ')}`;
}

function describeValue(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function refused(problems: readonly string[]): TerminalFailure {
  return new TerminalFailure('invalid_request', `filters: ${problems.join('; ')}.`);
}
