import {
  type ConversationPage,
  type ConversationPayload,
  type Dialect,
  type EntityPage,
  type EntityRequest,
  type ListFilters,
  proxyOf,
  TerminalFailure,
  type TimeRange,
} from '@voxport/domain';
import { getCACertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { checkSettings } from './check-settings.ts';
import { makeDeleteConversation } from './conversations/delete-conversation.ts';
import type { DialectAdapter } from './conversations/dialect-adapter.ts';
import { makeGetConversation } from './conversations/get-conversation.ts';
import { makeGetRecording, type Recording } from './conversations/get-recording.ts';
import { makeListPage } from './conversations/list-page.ts';
import { makeListEntities } from './entities/list-entities.ts';
import { elevenlabs } from './elevenlabs/elevenlabs.ts';
import { unsupportedFilters } from './filters/unsupported-filters.ts';
import { makeRedact } from './request/redact.ts';
import { openStream } from './request/open-stream.ts';
import { type ResponseEvent, makeRequest } from './request/request.ts';
import {
  defaultRecordingBytesMax,
  defaultResponseBytesMax,
  defaultTimeouts,
  type SourceSettings,
  type SourceTimeouts,
} from './settings.ts';
import { voiceable } from './voiceable/voiceable.ts';

/**
 * One source's API. Nothing here changes anything at the source, but `deleteConversation`. Every function throws
 * `TerminalFailure` or `TransientFailure`, or the signal's reason once that is aborted.
 */
export interface ConversationSource {
  /**
   * One page of the conversations that started in `range`. `pageSize` is 1 to 100. `filters` replace the source's own
   * (a window keeps those it began with, for a cursor is good only together with them).
   */
  listPage(
    request: { range: TimeRange; cursor: string | null; pageSize: number; filters?: ListFilters },
    signal: AbortSignal,
  ): Promise<ConversationPage>;
  /** One conversation's detail, as received. */
  getConversation(conversationId: string, signal: AbortSignal): Promise<ConversationPayload>;
  /**
   * One conversation's recording, as a stream: read it to its end, or dispose of it. A conversation without one (yet)
   * is a TerminalFailure `not_found`.
   */
  getRecording(conversationId: string, signal: AbortSignal): Promise<Recording>;
  /**
   * Deletes one conversation at the source, for an erasure that asks for it; `not_found` when it was gone already. A
   * dialect without deletion: `invalid_request`.
   */
  deleteConversation(conversationId: string, signal: AbortSignal): Promise<'deleted' | 'not_found'>;
  /** A page of what conversations name by id: agents, tools, tags and the like. */
  listEntities(request: EntityRequest, signal: AbortSignal): Promise<EntityPage>;
  /** Asks for a list of one conversation: resolves when address, key, permission and filters are good. */
  checkAccess(signal: AbortSignal): Promise<void>;
  /** Waits for requests under way (bounded by `totalMs`; abort them first to be quick) and closes the sockets. */
  close(): Promise<void>;
}

const dialectAdapter: Readonly<Record<Dialect, DialectAdapter>> = { elevenlabs, voiceable };

/**
 * Opens a source: checks its settings and keeps a pool of connections; nothing is sent yet.
 * `hooks.onResponse` is notified of each HTTP exchange, failed ones and immediate second tries included.
 * Throws a `TerminalFailure` (`invalid_request`) for settings that cannot work.
 */
export function openSource(
  settings: SourceSettings,
  hooks: { onResponse?: (event: ResponseEvent) => void } = {},
): ConversationSource {
  const { sourceId, dialect, baseUrl, apiKey } = settings;
  const { origin, basePath } = checkSettings(settings);
  const words = dialectAdapter[dialect];
  const timeouts: SourceTimeouts = { ...defaultTimeouts, ...settings.timeouts };
  const pool = openPool(origin, settings, timeouts);
  const proxy = proxyOf(baseUrl, settings.proxy ?? null);
  const parts = {
    dispatcher: pool,
    sourceId,
    baseUrl,
    proxy,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': settings.userAgent,
      [words.keyHeader]: apiKey,
    },
    timeouts,
    responseBytesMax: settings.responseBytesMax ?? defaultResponseBytesMax,
    redact: makeRedact(apiKey),
    readApiError: words.readApiError,
    readRetryAfterMs: words.readRetryAfterMs,
    onResponse: hooks.onResponse,
  };
  const request = makeRequest(parts);
  const listPage = makeListPage({ request, words, basePath, sourceId });
  const getConversation = makeGetConversation({ request, words, basePath, sourceId });
  const getRecording = makeGetRecording({
    openStream: (path, asked, signal) => openStream(parts, path, asked, signal),
    words,
    basePath,
    sourceId,
    recordingBytesMax: settings.recordingBytesMax ?? defaultRecordingBytesMax,
  });
  const deleteConversation = makeDeleteConversation({ request, words, dialect, basePath, sourceId });
  const listEntities = makeListEntities({ request, dialect, basePath, sourceId });
  let closed: Promise<void> | null = null;

  return {
    async listPage({ range, cursor, pageSize, filters = settings.filters }, signal) {
      const unsupported = unsupportedFilters(dialect, filters);
      if (unsupported.length > 0)
        throw new TerminalFailure(
          'invalid_request',
          `Source "${sourceId}": the dialect ${dialect} has no filter ${unsupported.join(', ')}.`,
        );
      return listPage({ range, cursor, pageSize, filters }, signal);
    },
    getConversation,
    getRecording,
    deleteConversation,
    listEntities,
    async checkAccess(signal) {
      await listPage({ range: null, cursor: null, pageSize: 1, filters: settings.filters }, signal);
    },
    async close() {
      closed ??= pool.close();
      await closed;
    },
  };
}

/**
 * HTTP/1.1 only: over HTTP/2 one stale connection takes every request in flight with it, and `connections` would not
 * bound what is in flight. Idle sockets go after undici's 4 s (or the server's own hint): below the 5 s of common
 * servers that send none, and a busy export never idles that long.
 */
function openPool(origin: string, settings: SourceSettings, timeouts: SourceTimeouts): Dispatcher {
  const { connectionsMax: connections, proxy = null, extraCa = null } = settings;
  const options = {
    connections,
    allowH2: false,
    pipelining: 1,
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
  };
  // What is given here replaces Node's own authorities, and those of NODE_EXTRA_CA_CERTS.
  const tls = extraCa === null ? {} : { ca: [...getCACertificates('default'), extraCa] };
  if (proxy === null) return new Pool(origin, { ...options, connect: tls });
  const agent = new EnvHttpProxyAgent({
    ...options,
    // Empty texts and not nothing: what is left out would be read from the process's environment.
    httpProxy: proxy.httpProxy ?? '',
    httpsProxy: proxy.httpsProxy ?? '',
    noProxy: proxy.noProxy,
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  });
  return agent.compose((dispatch) => (request, handler) => dispatch({ ...request, origin }, handler));
}
