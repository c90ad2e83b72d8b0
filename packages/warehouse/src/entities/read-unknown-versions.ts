import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** A version of an agent that a call has named. */
export interface NamedVersion {
  readonly agentId: string;
  readonly versionId: string;
}

/**
 * Versions that calls name and that are not known, `limit` of them in the order of their ids, those behind `after`: of
 * calls that were loaded since the last complete sync of versions, and a day before that, for those whose transaction
 * was under way then.
 */
export async function readUnknownVersions(
  executor: Executor,
  query: { sourceId: string; after: NamedVersion | null; limit: number },
): Promise<NamedVersion[]> {
  const { rows } = await sql<NamedVersion>`
    select distinct c.agent_id as "agentId", c.version_id as "versionId"
    from voxport.conversations c
    where c.source_id = ${query.sourceId} and c.agent_id is not null and c.version_id is not null
      and c.exported_at > '-infinity' and c.exported_at > coalesce((
        select completed_at - interval '1 day' from voxport_ops.entity_syncs
        where source_id = ${query.sourceId} and entity = 'agent_versions'), '-infinity')
      and (c.agent_id, c.version_id) > (${query.after?.agentId ?? ''}, ${query.after?.versionId ?? ''})
      and not exists (
        select from voxport.agent_versions v
        where v.source_id = c.source_id and v.agent_id = c.agent_id and v.version_id = c.version_id)
    order by 1, 2 limit ${query.limit}
  `.execute(executor);
  return rows;
}
