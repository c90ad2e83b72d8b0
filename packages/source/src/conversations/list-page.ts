import { type ConversationPage, type ListFilters, type TimeRange, TransientFailure } from '@voxport/domain';
import { listQuery } from '../filters/list-query.ts';
import { parseJson } from '../request/parse-json.ts';
import type { Request } from '../request/request.ts';
import { keepInRange } from '../rows/keep-in-range.ts';
import { readHasMore } from '../rows/read-has-more.ts';
import type { DialectAdapter } from './dialect-adapter.ts';

export interface ListRequest {
  /** Null: without bounds of time. */
  readonly range: TimeRange | null;
  readonly cursor: string | null;
  readonly pageSize: number;
  readonly filters: ListFilters;
}

/**
 * Makes the function that asks for one page of conversations and reads it; throws what `request` throws, and
 * `malformed_response`.
 */
export function makeListPage(parts: { request: Request; words: DialectAdapter; basePath: string; sourceId: string }) {
  const { request, words, basePath, sourceId } = parts;

  return async function listPage(asked: ListRequest, signal: AbortSignal): Promise<ConversationPage> {
    const path = `${basePath}${words.collectionPath}?${listQuery(asked)}`;
    const subject = 'the list of conversations';
    const { body, failWith } = await request(
      path,
      { endpoint: 'list', subject, hasCursor: asked.cursor !== null },
      signal,
    );
    const malformed = (what: string): TransientFailure =>
      new TransientFailure(
        'malformed_response',
        `Source "${sourceId}": asked for ${subject}, but ${what}. Check base_url and dialect if this stays.`,
        {
          status: 200,
        },
      );

    let json: unknown;
    try {
      json = parseJson(body);
    } catch {
      throw malformed('the answer is no JSON text');
    }
    const embedded = words.readEmbeddedError(json);
    if (embedded !== null) throw failWith(embedded.status, embedded.error);
    const page = words.readPage(json);
    if (typeof page === 'string') throw malformed(page);
    const ids = new Set(page.conversations.map(({ conversationId }) => conversationId));
    const rowCount = ids.size + page.unusableRows.length;
    const hasMore = readHasMore({ hasMore: page.hasMore, nextCursor: page.nextCursor, rowCount }, asked.cursor);
    if (typeof hasMore === 'object') throw malformed(hasMore.contradiction);

    return {
      conversations: asked.range === null ? page.conversations : keepInRange(page.conversations, asked.range),
      nextCursor: page.nextCursor,
      hasMore,
      rowCount,
      totalCount: page.totalCount,
      unusableRows: page.unusableRows,
    };
  };
}
