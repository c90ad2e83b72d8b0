import type { EntityStatus } from '@voxport/warehouse';
import { count } from './run-report.ts';
import { table } from './table.ts';
import { wrapped } from './wrapped.ts';

/** How the syncs of entities stand, for people: a table, and why what has failed has. */
export function entitiesText(stands: readonly EntityStatus[], columns: number): string {
  if (stands.length === 0) return 'No entities are synced.';
  return [
    table(
      'Entities',
      ['source', 'entity', 'items', 'requests', 'complete', 'state'],
      stands.map(({ sourceId, entity, items, requests, completedAt, errorClass, isUnderWay }) => [
        sourceId,
        entity,
        items === null ? '' : count(items),
        requests === null ? '' : count(requests),
        completedAt?.toISOString() ?? 'never',
        isUnderWay ? 'under way' : (errorClass ?? 'ok'),
      ]),
      columns,
    ),
    ...failedEntitiesText(stands, columns),
  ].join('\n');
}

/** Each reason once, with the entities that it holds up: a key without a permission refuses them all in one way. */
export function failedEntitiesText(stands: readonly EntityStatus[], columns: number): string[] {
  const groups = new Map<string, EntityStatus[]>();
  for (const stand of stands) {
    if (stand.errorClass === null) continue;
    const key = `${stand.sourceId} ${stand.errorClass}`;
    groups.set(key, [...(groups.get(key) ?? []), stand]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const names = group.map(({ entity }) => entity).join(', ');
    const text = `${first?.sourceId ?? ''}: not synced: ${names} (${first?.errorClass ?? ''}). ${first?.error ?? ''}`;
    return wrapped(text, '  ', columns);
  });
}
