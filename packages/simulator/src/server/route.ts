import type { Dialect } from './settings.ts';

export type Endpoint =
  | 'list'
  | 'detail'
  | 'audio'
  | 'delete'
  | 'feedback'
  | 'signed_url'
  | 'token'
  | 'entities'
  | 'unknown';

/** What a request asks for. */
export interface Route {
  readonly dialect: Dialect;
  readonly endpoint: Endpoint;
  readonly conversationId: string | null;
  readonly query: string;
  /** Of `entities`: the steps of the path behind `/v1/convai/`. */
  readonly steps: readonly string[];
}

const elevenLabsPrefix = '/v1/convai/conversation';

function conversationRoute(dialect: Dialect, method: string, rest: string, query: string): Route {
  const unknown: Route = { dialect, endpoint: 'unknown', conversationId: null, query, steps: [] };
  if (rest === '' || rest === '/') return method === 'GET' ? { ...unknown, endpoint: 'list' } : unknown;
  const [id = '', tail, ...more] = rest.slice(1).split('/');
  if (more.length > 0 || id === '') return unknown;
  const conversationId = decode(id);
  const found = (endpoint: Endpoint): Route => ({ ...unknown, endpoint, conversationId });
  if (tail === undefined) return method === 'GET' ? found('detail') : method === 'DELETE' ? found('delete') : unknown;
  if (tail === 'audio' && method === 'GET') return found('audio');
  if (tail === 'feedback' && method === 'POST') return found('feedback');
  return unknown;
}

const entityPrefix = '/v1/convai/';
const entityRoots: ReadonlySet<string> = new Set(['agents', 'tools', 'tags', 'v2', 'batch-calling']);

function entityRoute(method: string, path: string, query: string): Route | null {
  if (method !== 'GET' || !path.startsWith(entityPrefix)) return null;
  const steps = path.slice(entityPrefix.length).split('/').map(decode);
  if (!entityRoots.has(steps[0] ?? '')) return null;
  return { dialect: 'elevenlabs', endpoint: 'entities', conversationId: null, query, steps };
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
  if (!path.startsWith(elevenLabsPrefix)) return entityRoute(method, path, query);
  const rest = path.slice(elevenLabsPrefix.length);
  if (rest.startsWith('s')) return conversationRoute('elevenlabs', method, rest.slice(1), query);
  const endpoint = rest === '/get-signed-url' ? 'signed_url' : rest === '/token' ? 'token' : 'unknown';
  return { dialect: 'elevenlabs', endpoint, conversationId: null, query, steps: [] };
}
