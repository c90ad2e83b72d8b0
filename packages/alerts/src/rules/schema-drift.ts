import type { Condition } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { counted, cut } from '../words.ts';

const pathsTold = 5;

/** What payloads held that the mapping did not expect, one condition a source. Only paths are told: what was seen there may be of a call. */
export function schemaDrift({ sourceId, drift }: SourceObservation): Condition[] {
  const [first] = drift;
  if (first === undefined) return [];
  const places = [...new Set(drift.map(({ path, kind }) => `${cut(path, 80)} (${kind.replaceAll('_', ' ')})`))];
  const more = places.length - pathsTold;
  return [
    {
      fingerprint: `schema_drift/${sourceId}`,
      kind: 'schema_drift',
      severity: drift.every(({ kind }) => kind === 'unknown_key') ? 'info' : 'warning',
      sourceId,
      title: `${sourceId}: payloads hold ${counted(places.length, 'thing', 'things')} that the tables do not expect`,
      detail: `${places.slice(0, pathsTold).join(', ')}${more > 0 ? ` and ${more} more` : ''}. Nothing is lost: payloads are kept as received, and load all the same.`,
      since: first.firstSeenAt,
      count: places.length,
      revision: String(places.length),
      remedy: 'Look at them; when a new version of Voxport knows them, rebuild the tables from the stored payloads.',
      command: `voxport reload --source ${sourceId}`,
    },
  ];
}
