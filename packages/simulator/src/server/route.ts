import type { Dialect } from './settings.ts';

export type Endpoint = 'list' | 'detail' | 'audio' | 'delete' | 'feedback' | 'signed_url' | 'token' | 'unknown';

/** What a request asks for. */
export interface Route {
  readonly dialect: Dialect;
  readonly endpoint: Endpoint;
  readonly conversationId: string | null;
  readonly query: string;
}

const elevenLabsPrefix = '/v1/convai/conversation';

function conversationRoute(dialect: Dialect, method: string, rest: string, query: string): Route {
  const unknown: Route = { dialect, endpoint: 'unknown', conversationId: null, query };
  if (rest === '' || rest === '/') return method === 'GET' ? { ...unknown, endpoint: 'list' } : unknown;
  const [id = '', tail, ...more] = rest.slice(1).split('/');
  if (more.length > 0 || id === '') return unknown;
  const conversationId = decode(id);
  const found = (endpoint: Endpoint): Route => ({ dialect, endpoint, conversationId, query });
  if (tail === undefined) return method === 'GET' ? found('detail') : method === 'DELETE' ? found('delete') : unknown;
  if (tail === 'audio' && method === 'GET') return found('audio');
  if (tail === 'feedback' && method === 'POST') return found('feedback');
  return unknown;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Finds the endpoint of a request by hand: a URL object for each of some thousand requests a second would be the
 * dearest part of routing.
 */
export function routeOf(method: string, url: string, voiceablePrefix: string): Route | null {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  if (path.startsWith(`${voiceablePrefix}/conversations`))
    return conversationRoute('voiceable', method, path.slice(voiceablePrefix.length + '/conversations'.length), query);
  if (!path.startsWith(elevenLabsPrefix)) return null;
  const rest = path.slice(elevenLabsPrefix.length);
  if (rest.startsWith('s')) return conversationRoute('elevenlabs', method, rest.slice(1), query);
  const endpoint = rest === '/get-signed-url' ? 'signed_url' : rest === '/token' ? 'token' : 'unknown';
  return { dialect: 'elevenlabs', endpoint, conversationId: null, query };
}
