import { duration, missingText } from '@voxport/domain';
import { dayState, type CoveredDay, type DayState, type MissingRange, type SourceCoverage } from '@voxport/warehouse';
import { ago, count, counted, dayOf, minuteOf } from './format.ts';
import { html, type Html } from './html.ts';

/** A source's days, whole months, the oldest first. */
export interface CoverageView {
  readonly now: Date;
  readonly sources: readonly {
    readonly sourceId: string;
    readonly days: readonly CoveredDay[];
    /** Null for a source that was never registered. */
    readonly coverage: SourceCoverage | null;
  }[];
  /** First month shown, `2026-04`. */
  readonly from: string;
  /** Last month shown. */
  readonly to: string;
  readonly earlier: string | null;
  readonly later: string | null;
}

const stateTexts: { readonly [State in DayState]: string } = {
  verified: 'verified: compared with the source, nothing is missing',
  complete: 'complete: listed to its end, all of it loaded',
  partial: 'in part: not listed to its end, or not all of it loaded',
  empty: 'empty: listed, and nobody called',
  unknown: 'not listed',
};
const marks: { readonly [State in DayState]: string } = {
  verified: '✓',
  complete: '',
  partial: '◐',
  empty: '',
  unknown: '',
};
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Windows as a calendar: which days are complete, verified, partial, empty. */
export function coveragePage(view: CoverageView): Html {
  const steps = html`<nav class="spans" aria-label="Months">
    ${view.earlier === null ? '' : html`<a href="/coverage?until=${view.earlier}">earlier</a>`}
    ${view.later === null ? '' : html`<a href="/coverage?until=${view.later}">later</a>`}
  </nav>`;
  return html`<div class="titled">
      <h1>Coverage</h1>
      ${steps}
    </div>
    <ul class="legend">
      ${(Object.keys(stateTexts) as DayState[]).map(
        (state) =>
          html`<li><span class="day ${state}" aria-hidden="true">${marks[state]}</span>${stateTexts[state]}</li>`,
      )}
    </ul>
    <div id="coverage" data-live>
      ${view.sources.map(
        ({ sourceId, days, coverage }) =>
          html`<section class="card" aria-labelledby="coverage-${sourceId}">
            <div class="titled">
              <h2 id="coverage-${sourceId}">${sourceId}</h2>
              <span class="sub">${summary(days)}</span>
            </div>
            ${coverage === null ? '' : missingList(coverage, view.now)}
            <div class="months">${monthsOf(days).map((month) => monthTable(month, view.now))}</div>
          </section>`,
      )}
    </div>`;
}

/** What is to be listed and has not been: the largest ranges, why, and how many more there are. */
function missingList({ since, missing, missingCount }: SourceCoverage, now: Date): Html {
  const wanted = since === null ? 'all calls' : `calls since ${minuteOf(since)}`;
  if (missingCount === 0)
    return html`<p class="sub" data-missing="0">Of ${wanted}, nothing is missing up to the last sync.</p>`;
  const more = missingCount - missing.length;
  return html`<div data-missing="${missingCount}">
    <p class="notice problem">
      Of ${wanted}, ${counted(missingCount, 'range')} ${missingCount === 1 ? 'is' : 'are'} not listed.
    </p>
    <ul class="rows">
      ${missing.map((range) => html`<li>${missingRow(range, now)}</li>`)}
      ${more === 0 ? '' : html`<li class="sub">and ${count(more)} more: select * from voxport_ops.missing_coverage</li>`}
    </ul>
  </div>`;
}

function missingRow(range: MissingRange, now: Date): Html {
  const { after, before, isNewest } = range;
  const size = after === null ? '' : ` · ${duration((before.getTime() - after.getTime()) / 1000)}`;
  return html`<div class="titled">
    <span
      >${after === null ? 'the beginning' : minuteOf(after)} –
      ${isNewest || before > now ? 'now' : minuteOf(before)}</span
    >
    <span class="sub">${missingText(range)}${size}</span>
  </div>`;
}

function summary(days: readonly CoveredDay[]): string {
  const counts = new Map<DayState, number>();
  for (const day of days) counts.set(dayState(day), (counts.get(dayState(day)) ?? 0) + 1);
  const conversations = days.reduce((sum, { known }) => sum + known, 0);
  const parts = (['verified', 'complete', 'partial', 'empty'] as const).flatMap((state) => {
    const number = counts.get(state) ?? 0;
    return number === 0 ? [] : [`${count(number)} ${state === 'partial' ? 'in part' : state}`];
  });
  return [`${count(conversations)} conversations`, ...parts].join(' · ');
}

function monthsOf(days: readonly CoveredDay[]): CoveredDay[][] {
  const months = new Map<string, CoveredDay[]>();
  for (const day of days) {
    const name = day.day.slice(0, 7);
    months.set(name, [...(months.get(name) ?? []), day]);
  }
  return [...months.values()];
}

function monthTable(days: readonly CoveredDay[], now: Date): Html {
  const first = new Date(`${days[0]!.day}T00:00:00Z`);
  const leading = (first.getUTCDay() + 6) % 7;
  const cells: (CoveredDay | null)[] = [...Array.from({ length: leading }, () => null), ...days];
  while (cells.length % 7 > 0) cells.push(null);
  const weeks = Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  const title = first.toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return html`<table class="month">
    <caption>
      ${title}
    </caption>
    <thead>
      <tr>
        ${weekdays.map((name) => html`<th scope="col"><abbr title="${name}">${name.slice(0, 1)}</abbr></th>`)}
      </tr>
    </thead>
    <tbody>
      ${weeks.map(
        (week) =>
          html`<tr>
            ${week.map((day) => dayCell(day, now))}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function dayCell(day: CoveredDay | null, now: Date): Html {
  if (day === null) return html`<td></td>`;
  const today = dayOf(now);
  if (day.day > today) return html`<td><span class="day future">${Number(day.day.slice(8))}</span></td>`;
  const state = dayState(day);
  const parts = [
    `${day.day}: ${day.day === today && state !== 'partial' ? 'so far ' : ''}${stateTexts[state]}`,
    `${count(day.known)} conversations, ${count(day.loaded)} loaded`,
    day.pending > 0 ? `${count(day.pending)} to load` : '',
    day.failed > 0 ? `${count(day.failed)} failed` : '',
    day.gone > 0 ? `${count(day.gone)} gone at the source` : '',
    day.gaps > 0 ? `${count(day.gaps)} gaps found` : '',
    day.verifiedAt === null ? '' : `verified ${day.verifiedAt.toISOString().slice(0, 16).replace('T', ' ')}`,
  ].filter((part) => part !== '');
  return html`<td>
    <a
      class="day ${state}"
      href="/coverage/${day.day}"
      title="${parts.join('\n')}"
      aria-label="${parts.join(', ')}"
      data-day="${day.day}"
      data-state="${state}"
      >${Number(day.day.slice(8))}<span aria-hidden="true">${marks[state]}</span></a
    >
  </td>`;
}

/** One day of every source. */
export function dayPage(
  day: string,
  sources: readonly Pick<CoverageView['sources'][number], 'sourceId' | 'days'>[],
  now: Date,
): Html {
  return html`<p class="crumb"><a href="/coverage?until=${day.slice(0, 7)}">Coverage</a></p>
    <h1>${day}</h1>
    ${sources.map(({ sourceId, days }) => {
      const one = days[0];
      if (one === undefined) return '';
      const facts: readonly (readonly [string, Html | string])[] = [
        ['Listed', one.listed === 'whole' ? 'to its end' : one.listed === 'part' ? 'in part' : 'no'],
        ['Conversations', count(one.known)],
        ['Loaded', count(one.loaded)],
        ['To load', count(one.pending)],
        ['Failed', count(one.failed)],
        ['Gone at the source', count(one.gone)],
        ['Verified', one.verifiedAt === null ? 'no' : ago(one.verifiedAt, now)],
        ['Gaps found', count(one.gaps)],
      ];
      return html`<section class="card">
        <div class="titled">
          <h2>${sourceId}</h2>
          <span class="sub">${stateTexts[dayState(one)]}</span>
        </div>
        <dl class="facts">
          ${facts.map(
            ([name, value]) =>
              html`<div>
                <dt>${name}</dt>
                <dd>${value}</dd>
              </div>`,
          )}
        </dl>
        <p class="more"><a href="/runs?source=${sourceId}&from=${day}&to=${day}">Start a backfill of this day</a></p>
      </section>`;
    })}`;
}
