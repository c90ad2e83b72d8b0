import { type EntityPage, type EntityRequest, TerminalFailure, TransientFailure, type Dialect } from '@voxport/domain';
import { parseJson } from '../request/parse-json.ts';
import type { Request } from '../request/request.ts';
import { readHasMore } from '../rows/read-has-more.ts';
import { isObject, textOf, type JsonObject } from '../rows/values.ts';
import { entityListOf, leftOut } from './entity-lists.ts';

/**
 * Makes the function that asks for a page of an entity's list, or for one item (a page of one). Items without an id are
 * left out: nothing could name them. Throws what `request` throws, `malformed_response`, and `invalid_request` for a
 * dialect that has no entities.
 */
export function makeListEntities(parts: { request: Request; dialect: Dialect; basePath: string; sourceId: string }) {
  const { request, dialect, basePath, sourceId } = parts;

  return async function listEntities(asked: EntityRequest, signal: AbortSignal): Promise<EntityPage> {
    const list = entityListOf(asked);
    if (dialect !== 'elevenlabs') {
      throw new TerminalFailure(
        'invalid_request',
        `Source "${sourceId}": the dialect ${dialect} has no ${asked.entity}. Leave entities out for this source.`,
      );
    }
    const sentCursor = 'cursor' in asked ? asked.cursor : null;
    const query = new URLSearchParams(list.query);
    if (sentCursor !== null && list.cursor !== null) query.set(list.cursor.sent, sentCursor);
    const path = `${basePath}${list.path}${query.size === 0 ? '' : `?${query.toString()}`}`;
    const { body } = await request(
      path,
      { endpoint: 'entities', subject: list.subject, hasCursor: sentCursor !== null },
      signal,
    );
    const malformed = (what: string): TransientFailure =>
      new TransientFailure(
        'malformed_response',
        `Source "${sourceId}": asked for ${list.subject}, but ${what}. Check base_url if this stays.`,
        { status: 200 },
      );
    let json: unknown;
    try {
      json = parseJson(body);
    } catch {
      throw malformed('the answer is no JSON text');
    }
    if (!isObject(json)) throw malformed('the answer is no JSON object');
    const items = list.itemsKey === null ? [json] : json[list.itemsKey];
    if (!Array.isArray(items)) throw malformed(`the answer has no array "${list.itemsKey ?? ''}"`);
    const found = items.filter(isObject).flatMap((item) => {
      const entityId = list.idOf(item);
      return entityId === null ? [] : [{ entityId, marker: list.markerOf(item), item: withoutLeftOut(item) }];
    });
    if (list.cursor === null) return { items: found, nextCursor: null };
    const nextCursor = textOf(json[list.cursor.received]);
    const hasMore = readHasMore({ hasMore: json['has_more'], nextCursor, rowCount: items.length }, sentCursor);
    if (typeof hasMore === 'object') throw malformed(hasMore.contradiction);
    return { items: found, nextCursor: hasMore ? nextCursor : null };
  };
}

function withoutLeftOut(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !leftOut.has(key)));
}
