import { once } from 'node:events';
import { createServer } from 'node:http';

/** What a source's API answers with, byte for byte. */
export interface Served {
  readonly id: string;
  readonly startSecs: number;
  readonly row: Buffer;
  readonly detail: Buffer;
}

/** The API of one source. */
export interface ServedSource {
  readonly sourceId: string;
  /** Newest first. */
  conversations: readonly Served[];
  /** Answers with which the next list requests are met, before they are met as they should be. */
  readonly spoiltPages: ((page: Buffer) => Buffer)[];
}

/** Rows a page: so few that a round has several. */
const pageSize = 20;

/**
 * Serves lists and details of sources under `/<source>/v1/convai/conversations`, as the API does, but for what was made
 * of their bytes.
 */
export async function startApiServer(
  sources: readonly ServedSource[],
): Promise<{ urlOf: (sourceId: string) => string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, sourceId, , , , id] = url.pathname.split('/');
    const source = sources.find((candidate) => candidate.sourceId === sourceId);
    const body =
      source === undefined
        ? undefined
        : id === undefined
          ? pageOf(source, url.searchParams)
          : source.conversations.find((conversation) => conversation.id === decodeURIComponent(id))?.detail;
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body ?? '{"detail":{"status":"conversation_not_found","message":"no such conversation"}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    urlOf: (sourceId) => `http://127.0.0.1:${address.port}/${sourceId}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function pageOf(source: ServedSource, query: URLSearchParams): Buffer {
  const after = Number(query.get('call_start_after_unix') ?? 0);
  const before = Number(query.get('call_start_before_unix') ?? Infinity);
  const offset = Number(query.get('cursor') ?? 0);
  const matching = source.conversations.filter(({ startSecs }) => startSecs >= after && startSecs <= before);
  const size = Math.min(pageSize, Number(query.get('page_size') ?? pageSize));
  const rows = matching.slice(offset, offset + size);
  const hasMore = offset + size < matching.length;
  const tail = `],"next_cursor":${hasMore ? `"${offset + size}"` : 'null'},"has_more":${hasMore}}`;
  const commas = rows.flatMap(({ row }, index) => (index === 0 ? [row] : [Buffer.from(','), row]));
  const page = Buffer.concat([Buffer.from('{"conversations":['), ...commas, Buffer.from(tail)]);
  return source.spoiltPages.shift()?.(page) ?? page;
}
