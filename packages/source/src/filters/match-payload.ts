import { readTime, recordOf, type ListFilters } from '@voxport/domain';

/** What a source exports at all: list filters, and the first call start (null from the beginning). */
export interface PayloadScope {
  readonly filters: ListFilters;
  readonly since: Date | null;
}

/**
 * Whether a payload is one that its source's list would show. `cannot_tell`: only the list knows, by the setting that
 * is named.
 */
export type PayloadMatch =
  | { readonly kind: 'matches' }
  | { readonly kind: 'differs' | 'cannot_tell'; readonly setting: string };

type Json = Readonly<Record<string, unknown>>;
type Verdict = boolean | null;

/** They choose what the list row shows, and filter nothing. */
const noFilters: ReadonlySet<string> = new Set([
  'evaluation_criteria_ids',
  'data_collection_ids',
  'include_invalid_tool_calls',
]);

/**
 * The filters that a conversation's own fields answer; null where the field is missing. The others are the API's to
 * judge.
 */
const judges: {
  readonly [Name in keyof ListFilters]?: (wanted: NonNullable<ListFilters[Name]>, data: Json) => Verdict;
} = {
  agent_id: (wanted, data) => isSame(data['agent_id'], wanted),
  branch_id: (wanted, data) => isSame(data['branch_id'], wanted),
  version_id: (wanted, data) => isSame(data['version_id'], wanted),
  user_id: (wanted, data) => isSame(data['user_id'], wanted),
  // `error` is no result of an analysis.
  call_successful: (wanted, data) =>
    wanted === 'error' ? null : isSame(partOf(data, 'analysis')['call_successful'], wanted),
  call_duration_min_secs: (wanted, data) => compare(data, (secs) => secs >= wanted),
  call_duration_max_secs: (wanted, data) => compare(data, (secs) => secs <= wanted),
  main_languages: (wanted, data) => isAmong(partOf(data, 'metadata')['main_language'], wanted),
  text_only: (wanted, data) => isSame(partOf(data, 'metadata')['text_only'], wanted),
  conversation_initiation_source: (wanted, data) =>
    isSame(partOf(data, 'metadata')['conversation_initiation_source'], wanted),
  termination_reasons: (wanted, data) => isAmong(partOf(data, 'metadata')['termination_reason'], wanted),
  exclude_statuses: (wanted, data) => negated(isAmong(data['status'], wanted)),
};

/**
 * Judges a payload (the `data` of a webhook) by what its source exports. What differs in one setting differs, whatever
 * the others are.
 */
export function matchPayload({ filters, since }: PayloadScope, data: Json): PayloadMatch {
  let untold: string | null = null;
  const settings: (readonly [string, Verdict])[] = [
    ['since', startsSince(since, data)],
    ...Object.entries(filters)
      .filter(([name, wanted]) => wanted !== undefined && !noFilters.has(name))
      .map(([name, wanted]): readonly [string, Verdict] => {
        const judge = judges[name as keyof ListFilters] as ((wanted: unknown, data: Json) => Verdict) | undefined;
        return [name, judge?.(wanted, data) ?? null];
      }),
  ];
  for (const [setting, verdict] of settings) {
    if (verdict === false) return { kind: 'differs', setting };
    if (verdict === null) untold ??= setting;
  }
  return untold === null ? { kind: 'matches' } : { kind: 'cannot_tell', setting: untold };
}

function startsSince(since: Date | null, data: Json): Verdict {
  if (since === null) return true;
  const startedAt = readTime(partOf(data, 'metadata')['start_time_unix_secs']);
  return startedAt === null ? null : startedAt >= since;
}

function compare(data: Json, holds: (secs: number) => boolean): Verdict {
  const secs = partOf(data, 'metadata')['call_duration_secs'];
  return typeof secs === 'number' ? holds(secs) : null;
}

function isSame(value: unknown, wanted: string | boolean): Verdict {
  return typeof value === typeof wanted ? value === wanted : null;
}

function isAmong(value: unknown, wanted: readonly string[]): Verdict {
  return typeof value === 'string' ? wanted.includes(value) : null;
}

function negated(verdict: Verdict): Verdict {
  return verdict === null ? null : !verdict;
}

function partOf(data: Json, name: string): Json {
  return recordOf(data[name]) ?? {};
}
