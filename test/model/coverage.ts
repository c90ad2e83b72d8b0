import type { Store } from './store.ts';

/** A stretch of call starts, `[fromSecs, toSecs)`, in Unix seconds. */
export interface Stretch {
  readonly fromSecs: number;
  readonly toSecs: number;
}

/** What the product says it has listed of a source, and under which filters. */
export interface ClaimedCoverage {
  readonly sourceId: string;
  readonly stretches: readonly Stretch[];
  readonly agent: string | null;
}

/** Reads it, of all sources. */
export async function readCoverage(query: Store['query']): Promise<ClaimedCoverage[]> {
  const rows = await query<{ sourceId: string; fromSecs: number | null; toSecs: number | null; agent: string | null }>(
    `select source_id as "sourceId", extract(epoch from lower(r))::float8 as "fromSecs",
            extract(epoch from upper(r))::float8 as "toSecs", filters ->> 'agent_id' as agent
     from voxport_ops.coverage c, unnest(c.listed) as r`,
  );
  return rows.map(({ sourceId, fromSecs, toSecs, agent }) => ({
    sourceId,
    agent,
    stretches: [{ fromSecs: fromSecs ?? Number.NEGATIVE_INFINITY, toSecs: toSecs ?? Number.POSITIVE_INFINITY }],
  }));
}

/** What is left of a stretch without the others. */
export function without(stretch: Stretch, others: readonly Stretch[]): Stretch[] {
  let left: Stretch[] = stretch.fromSecs < stretch.toSecs ? [stretch] : [];
  for (const other of others) {
    left = left.flatMap((one) =>
      [
        { fromSecs: one.fromSecs, toSecs: Math.min(one.toSecs, other.fromSecs) },
        { fromSecs: Math.max(one.fromSecs, other.toSecs), toSecs: one.toSecs },
      ].filter(({ fromSecs, toSecs }) => fromSecs < toSecs),
    );
  }
  return left;
}
