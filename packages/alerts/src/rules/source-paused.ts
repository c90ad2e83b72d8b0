import type { Condition } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { secsBetween } from '../words.ts';

const refusals: Readonly<Record<string, { status: string; remedy: string }>> = {
  unauthorized: {
    status: '401: the key is missing, wrong or revoked',
    remedy: 'Set a valid key and restart the services; the source then resumes by itself.',
  },
  forbidden: {
    status: '403: the key lacks a permission',
    remedy: 'Give the key the permission to read conversations; the source then resumes by itself.',
  },
  quota_exceeded: {
    status: "the account's quota is used up; the key is good",
    remedy: 'Raise the quota or wait until it is renewed; the source then resumes by itself.',
  },
  source_down: {
    status: 'it does not answer',
    remedy:
      'See whether its API is up and can be reached from here; the source then resumes by itself, and nothing is lost.',
  },
  payment_required: {
    status: '402: the account is to be settled',
    remedy: 'Settle the account; the source then resumes by itself.',
  },
};

/** An API that is away for a moment is nobody's business yet; one that stays away is. Seconds. */
const awaySecs = { warning: 60, critical: 900 } as const;

/** A source whose list refuses the key, or that is away as a whole: no request is sent until it answers. */
export function sourcePaused({ sourceId, signs }: SourceObservation, now: Date): Condition[] {
  if (signs.pausedAt === null) return [];
  const isAway = signs.pausedClass === 'source_down';
  const pausedSecs = secsBetween(signs.pausedAt, now);
  if (isAway && pausedSecs < awaySecs.warning) return [];
  const refusal = refusals[signs.pausedClass ?? ''];
  return [
    {
      fingerprint: `source_paused/${sourceId}`,
      kind: 'source_paused',
      severity: isAway && pausedSecs < awaySecs.critical ? 'warning' : 'critical',
      sourceId,
      title: `${sourceId}: paused, ${refusal?.status ?? signs.pausedClass ?? 'refused'}`,
      detail: 'No request is sent and nothing new arrives. Since when and why: voxport status.',
      since: signs.pausedAt,
      count: null,
      revision: signs.pausedClass ?? '',
      remedy: refusal?.remedy ?? 'Remedy what the source refuses; it then resumes by itself.',
      command: 'voxport doctor',
    },
  ];
}
