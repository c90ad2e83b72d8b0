import { type ProxySettings, version } from '@voxport/domain';
import { proxiedFetch } from '@voxport/runtime';
import { cut } from './words.ts';

/** What came of a request to a receiver. Nothing in it tells the URL, which is a secret. */
export type PostResult =
  | { readonly kind: 'taken'; readonly status: number; readonly said: string }
  | {
      readonly kind: 'not_taken';
      /** Null: no answer. */
      readonly status: number | null;
      readonly said: string;
      readonly retryAfterMs: number | null;
    };

const timeoutMs = 10_000;
const saidMax = 200;
const retryAfterMaxMs = 300_000;

/** Sends JSON to a URL. Redirections are not followed: an alert goes where it was configured to go, or nowhere. */
export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  proxy: ProxySettings | null,
  signal: AbortSignal,
): Promise<PostResult> {
  return exchange(url, proxy, signal, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Calls a URL, as dead man's switches want it. */
export async function callUrl(url: string, proxy: ProxySettings | null, signal: AbortSignal): Promise<PostResult> {
  return exchange(url, proxy, signal, { method: 'GET' });
}

async function exchange(
  url: string,
  proxy: ProxySettings | null,
  signal: AbortSignal,
  request: { method: string; headers?: Readonly<Record<string, string>>; body?: string },
): Promise<PostResult> {
  const { headers, ...rest } = request;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onAbort, timeoutMs);
  try {
    if (signal.aborted) stop.abort();
    const init = {
      ...rest,
      headers: { 'user-agent': `voxport/${version}`, ...headers },
      redirect: 'manual' as const,
      signal: stop.signal,
    };
    return await proxiedFetch<PostResult>(proxy, url, init, async (answer) => {
      const said = readable(await answer.text(), url);
      const { status } = answer;
      if (answer.ok) return { kind: 'taken', status, said };
      return { kind: 'not_taken', status, said, retryAfterMs: retryAfterMs(answer.headers.get('retry-after')) };
    });
  } catch (error) {
    const said = stop.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : readable(reason(error), url);
    return { kind: 'not_taken', status: null, said, retryAfterMs: null };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** The first line's worth of what came, without what is secret of the URL: its path and its query. */
function readable(text: string, url: string): string {
  const { pathname, search, username, password } = new URL(url);
  const secrets = [pathname + search, ...pathname.split('/'), search.slice(1), username, password];
  const clean = secrets
    .filter((secret) => secret.length > 5)
    .reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return cut(clean.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim(), saidMax);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const nested: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return nested instanceof Error ? nested.message : error.message;
}

function retryAfterMs(header: string | null): number | null {
  const secs = Number(header ?? Number.NaN);
  return Number.isFinite(secs) && secs >= 0 ? Math.min(secs * 1000, retryAfterMaxMs) : null;
}
