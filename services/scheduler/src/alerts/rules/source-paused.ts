import type { Condition } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { cut } from '../words.ts';

const refusals: Readonly<Record<string, { status: string; mend: string }>> = {
  unauthorized: {
    status: '401: the key is missing, wrong or revoked',
    mend: 'Set a valid key and restart the services; the source then resumes by itself.',
  },
  forbidden: {
    status: '403: the key lacks a permission',
    mend: 'Give the key the permission to read conversations; the source then resumes by itself.',
  },
  payment_required: {
    status: '402: the account is to be settled',
    mend: 'Settle the account; the source then resumes by itself.',
  },
};

/** A source whose key is refused: no request is sent until it is accepted. */
export function sourcePaused({ sourceId, signs }: SourceObservation): Condition[] {
  if (signs.pausedAt === null) return [];
  const refusal = refusals[signs.pausedClass ?? ''];
  const said = signs.pausedReason === null ? '' : ` The source said: ${cut(signs.pausedReason, 300)}`;
  return [
    {
      fingerprint: `source_paused/${sourceId}`,
      kind: 'source_paused',
      severity: 'critical',
      sourceId,
      title: `${sourceId}: paused, ${refusal?.status ?? signs.pausedClass ?? 'refused'}`,
      detail: `No request is sent and nothing new arrives.${said}`,
      since: signs.pausedAt,
      count: null,
      revision: signs.pausedClass ?? '',
      mend: refusal?.mend ?? 'Mend what the source refuses; it then resumes by itself.',
      command: 'voxport doctor',
    },
  ];
}
