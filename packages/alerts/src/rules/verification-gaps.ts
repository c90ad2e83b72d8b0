import type { Condition } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { count, counted, latest } from '../words.ts';

/** Gaps that a verification found, one condition a source. */
export function verificationGaps({ sourceId, gaps }: SourceObservation): Condition[] {
  const [first] = gaps;
  if (first === undefined) return [];
  const sum = (key: 'missing' | 'stale' | 'extra'): number => gaps.reduce((total, gap) => total + gap[key], 0);
  const [missing, stale, extra] = [sum('missing'), sum('stale'), sum('extra')];
  const isHealing = gaps.every(({ healed }) => healed > 0);
  const from = gaps.some(({ rangeAfter }) => rangeAfter === null)
    ? new Date(0)
    : new Date(Math.min(...gaps.map(({ rangeAfter }) => rangeAfter?.getTime() ?? 0)));
  const to = latest(...gaps.map(({ rangeBefore }) => rangeBefore));
  return [
    {
      fingerprint: `verification_gaps/${sourceId}`,
      kind: 'verification_gaps',
      severity: 'warning',
      sourceId,
      title: `${sourceId}: verification found ${counted(missing + stale + extra, 'gap', 'gaps')}`,
      detail:
        `In ${counted(gaps.length, 'window', 'windows')}: ${count(missing)} missing, ${count(stale)} out of date, ${count(extra)} no longer listed. ` +
        (isHealing ? 'They are wanted again already, and are told of until verified again, for a day at most.' : ''),
      since: new Date(Math.min(...gaps.map(({ verifiedAt }) => verifiedAt.getTime()))),
      count: missing + stale + extra,
      revision: `10^${Math.floor(Math.log10(Math.max(1, missing + stale + extra)))}`,
      remedy: isHealing ? 'Verify the range once more when they are loaded.' : 'Have what is missing fetched again.',
      command: `voxport verify --source ${sourceId} --from ${from.toISOString()} --to ${to.toISOString()}${isHealing ? '' : ' --heal'}`,
    },
  ];
}
