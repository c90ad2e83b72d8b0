import type { EntityRequest } from '@voxport/domain';
import { textOf, type JsonObject } from '../rows/values.ts';

/** How one kind of request is asked and read; every list of the API has its own words. */
export interface EntityList {
  /** Appended to the base URL. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** For messages: `the list of agents`. */
  readonly subject: string;
  /** Where the answer has its items; null where it is one item itself. */
  readonly itemsKey: string | null;
  /** The query's and the answer's words for the cursor; null where the list has one page. */
  readonly cursor: { readonly sent: string; readonly received: string } | null;
  readonly idOf: (item: JsonObject) => string | null;
  readonly markerOf: (item: JsonObject) => string;
}

/**
 * What is not kept: what changes with every call (it would make a version of each item at each sync), and who in the
 * workspace may do what with an item, which names its people.
 */
export const leftOut: ReadonlySet<string> = new Set([
  'access_info',
  'merged_authors',
  'owner_user_id',
  'usage_stats',
  'last_call_time_unix_secs',
  'calls_7d',
  'draft_exists',
  'draft_created_at',
  'draft_is_behind_tip',
  'commits_ahead',
  'commits_behind',
  'response_mocks',
]);

const convai = '/v1/convai';
const byCursor = { sent: 'cursor', received: 'next_cursor' } as const;
const nothing = (): string => '';
const step = encodeURIComponent;

/** The list or item that a request means. Ids are percent-encoded as one step of a path. */
export function entityListOf(request: EntityRequest): EntityList {
  const listed = (name: string, path: string, itemsKey: string, idKey: string): EntityList => ({
    path: `${convai}/${path}`,
    query: { page_size: '100' },
    subject: `the list of ${name}`,
    itemsKey,
    cursor: byCursor,
    idOf: (item) => textOf(item[idKey]),
    markerOf: nothing,
  });
  switch (request.entity) {
    case 'agents':
      return {
        ...listed('agents', 'agents', 'agents', 'agent_id'),
        markerOf: (item) => [item['updated_at_unix_secs'], item['archived'], item['name']].map(String).join(' '),
      };
    case 'tools':
      return listed('tools', 'tools', 'tools', 'id');
    case 'tags':
      return listed('tags', 'tags', 'conversation_tags', 'tag_id');
    case 'phone_numbers':
      return listed('phone numbers', 'v2/phone-numbers', 'phone_numbers', 'phone_number_id');
    case 'batch_calls':
      return {
        ...listed('batch calls', 'batch-calling/workspace', 'batch_calls', 'id'),
        query: { limit: '100' },
        cursor: { sent: 'last_doc', received: 'next_doc' },
      };
    case 'agent':
      return {
        ...listed('agents', `agents/${step(request.agentId)}`, '', 'agent_id'),
        query: {},
        subject: `agent ${request.agentId}`,
        itemsKey: null,
        cursor: null,
      };
    case 'agent_branches':
      return {
        ...listed('branches', `agents/${step(request.agentId)}/branches`, 'results', 'id'),
        query: { limit: '100', include_archived: 'true' },
        subject: `the branches of agent ${request.agentId}`,
        cursor: null,
        idOf: (item) => (textOf(item['id']) === null ? null : `${request.agentId}/${textOf(item['id'])}`),
      };
    case 'agent_version':
      return {
        ...listed('versions', `agents/${step(request.agentId)}/versions/${step(request.versionId)}`, '', 'id'),
        query: {},
        subject: `version ${request.versionId} of agent ${request.agentId}`,
        itemsKey: null,
        cursor: null,
        idOf: () => `${request.agentId}/${request.versionId}`,
      };
  }
}
