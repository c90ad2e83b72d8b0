import type { TimeRange } from '@voxport/domain';
import type { BackfillForm } from './runs.ts';

/** What a form asks for; `problem` says in a sentence why it cannot be. */
export interface BackfillRequest {
  readonly form: BackfillForm;
  readonly sourceIds: readonly string[];
  readonly range: TimeRange;
  readonly problem: string | null;
}

const dayMs = 86_400_000;

/** Reads the form of a backfill: days in UTC, the last one included. */
export function readBackfillForm(
  fields: URLSearchParams,
  known: { readonly sourceIds: readonly string[]; readonly now: Date },
): BackfillRequest {
  const field = (name: string): string => (fields.get(name) ?? '').trim();
  const form = { source: field('source'), from: field('from'), to: field('to'), agent: field('agent') };
  const [after, lastDay] = [dayOf(form.from), dayOf(form.to)];
  const sourceIds = form.source === '' ? known.sourceIds : known.sourceIds.filter((id) => id === form.source);
  const range = { after, before: new Date((lastDay ?? known.now).getTime() + dayMs) };
  return { form, sourceIds, range, problem: problem() };

  function problem(): string | null {
    if (sourceIds.length === 0) return `There is no source "${form.source.slice(0, 60)}".`;
    if (after === null) return 'The first day is missing: give it as 2026-01-31.';
    if (lastDay === null) return 'The last day is missing: give it as 2026-01-31.';
    if (after > lastDay) return 'The first day must not come after the last.';
    if (after > known.now) return 'The first day lies in the future: there are no calls yet.';
    if (form.agent !== '' && !/^[\w.-]{1,100}$/u.test(form.agent))
      return 'An agent id has letters, digits, _, . and - only.';
    return null;
  }
}

/** A day of this century as its begin in UTC; null for what is none. */
export function dayOf(text: string): Date | null {
  const date = /^20\d\d-\d\d-\d\d$/u.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  // The 31st of a month that has thirty days is no day either.
  return date !== null && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? date : null;
}
