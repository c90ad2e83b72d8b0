import type { Condition } from '@voxport/domain';
import type { SourceObservation } from '../observation.ts';
import { count, counted } from '../words.ts';

/**
 * What payloads held that the mapping did not expect, one condition a source. Kinds and counts are told, and no path: a
 * key comes from the source, and may be somebody's address.
 */
export function schemaDrift({ sourceId, drift }: SourceObservation): Condition[] {
  const [first] = drift;
  if (first === undefined) return [];
  const places = new Set(drift.map(({ path, kind }) => JSON.stringify([path, kind])));
  const kinds = [...new Set(drift.map(({ kind }) => kind))].map((kind) => {
    const paths = new Set(drift.filter((one) => one.kind === kind).map(({ path }) => path));
    return `${kind.replaceAll('_', ' ')}: ${count(paths.size)}`;
  });
  return [
    {
      fingerprint: `schema_drift/${sourceId}`,
      kind: 'schema_drift',
      severity: drift.every(({ kind }) => kind === 'unknown_key') ? 'info' : 'warning',
      sourceId,
      title: `${sourceId}: payloads hold ${counted(places.size, 'thing', 'things')} that the tables do not expect`,
      detail: `${kinds.join(', ')}. Where: voxport query "select * from voxport_ops.schema_drift where source_id = '${sourceId}'". Nothing is lost: payloads are kept as received, and load all the same.`,
      since: first.firstSeenAt,
      count: places.size,
      revision: String(places.size),
      remedy: 'Look at them; when a new version of Voxport knows them, rebuild the tables from the stored payloads.',
      command: `voxport reload --source ${sourceId}`,
    },
  ];
}
