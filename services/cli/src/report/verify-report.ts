import { counted } from '@voxport/alerts';
import type { VerifiedWindow } from '@voxport/scheduler';
import { count } from './run-report.ts';
import { table } from './table.ts';
import { wrapped } from './wrapped.ts';

/** What was verified of one source. */
export interface VerifiedSource {
  readonly sourceId: string;
  readonly windows: readonly VerifiedWindow[];
}

/** Ids shown for each window and kind: the rest is counted. */
const idsMax = 100;

const numbers = ['listed', 'present', 'pending', 'missing', 'stale', 'extra', 'healed', 'requests'] as const;
type Totals = Record<(typeof numbers)[number], number>;

/**
 * Sums over windows; `erased` are those that the source lists and that are kept out of the tables on request: all
 * listed are accounted for.
 */
function totalsOf(windows: readonly VerifiedWindow[]): Totals & { readonly erased: number } {
  const total = (name: (typeof numbers)[number]): number =>
    windows.reduce((sum, { certificate }) => sum + certificate[name], 0);
  const totals = Object.fromEntries(numbers.map((name) => [name, total(name)])) as Totals;
  const { listed, present, pending, missing, stale } = totals;
  return { ...totals, erased: Math.max(0, listed - present - pending - missing - stale) };
}

/** The machine-readable answer: totals a source, a certificate a window, and which conversations its gaps are about. */
export function verificationJson(sources: readonly VerifiedSource[]): object {
  return {
    ...totalsOf(sources.flatMap(({ windows }) => windows)),
    sources: sources.map(({ sourceId, windows }) => ({
      source: sourceId,
      ...totalsOf(windows),
      windows: windows.map(({ certificate, gaps }) => ({
        after: certificate.range.after,
        before: certificate.range.before,
        ...totalsOf([{ certificate, gaps }]),
        missingIds: gaps.missing.slice(0, idsMax),
        staleIds: gaps.stale.slice(0, idsMax),
        extraIds: gaps.extra.slice(0, idsMax),
      })),
    })),
  };
}

/** The same for people: the totals, and the windows that are not as they should be. */
export function verificationText(
  sources: readonly VerifiedSource[],
  { isHealed, columns }: { isHealed: boolean; columns: number },
): string {
  return sources
    .map(({ sourceId, windows }) => {
      const totals = totalsOf(windows);
      const gaps = totals.missing + totals.stale + totals.extra;
      const summary =
        `${sourceId}: ${counted(totals.listed, 'conversation', 'conversations')} listed in ${counted(windows.length, 'window', 'windows')} with ${counted(totals.requests, 'request', 'requests')}; ` +
        `${count(totals.present)} present${totals.pending > 0 ? `, ${count(totals.pending)} pending` : ''}${totals.erased > 0 ? `, ${count(totals.erased)} erased on request` : ''}, ` +
        `${count(totals.missing)} missing, ${count(totals.stale)} out of date, ${count(totals.extra)} no longer listed.`;
      if (gaps === 0) return [...wrapped(summary, '  ', columns), 'Complete.'].join('\n');
      const rows = windows.filter(({ certificate: { missing, stale, extra } }) => missing + stale + extra > 0);
      return [
        ...wrapped(summary, '  ', columns),
        table(
          'Windows with gaps',
          ['from', 'to', 'listed', 'missing', 'out of date', 'no longer listed', 'fetched again', 'for example'],
          rows.map(({ certificate, gaps: { missing, stale, extra } }) => [
            certificate.range.after?.toISOString() ?? 'the beginning',
            certificate.range.before.toISOString(),
            count(certificate.listed),
            count(certificate.missing),
            count(certificate.stale),
            count(certificate.extra),
            count(certificate.healed),
            missing[0] ?? stale[0] ?? extra[0] ?? '',
          ]),
          columns,
        ),
        isHealed
          ? `${count(totals.healed)} are fetched again by a running fleet; without one: voxport sync`
          : 'Have them fetched again: the same command with --heal',
      ].join('\n');
    })
    .join('\n\n');
}
