import type { Simulator } from '../src/index.ts';

/** An answer as a client sees it. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type is the test's claim, and an assertion beside it holds it
  json<T = Record<string, unknown>>(): T;
}

/** A row of a list, as far as the tests look. */
export interface Row {
  readonly conversation_id: string;
  readonly start_time_unix_secs: number;
  readonly status: string;
  readonly message_count: number;
  readonly tool_names: readonly string[] | null;
  readonly [key: string]: unknown;
}

export interface Page {
  readonly conversations: readonly Row[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** Asks the simulator's ElevenLabs side; the key is sent unless other headers are given. */
export async function ask(
  simulator: Pick<Simulator, 'url' | 'apiKey'>,
  path: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Seen> {
  const headers = init.headers ?? { 'xi-api-key': simulator.apiKey ?? '' };
  const response = await fetch(`${simulator.url}${path}`, { ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** One page of the list. */
export async function page(simulator: Pick<Simulator, 'url' | 'apiKey'>, query = ''): Promise<Page> {
  const seen = await ask(simulator, `/v1/convai/conversations?${query}`);
  if (seen.status !== 200) throw new Error(`The list answered ${seen.status}: ${seen.text}`);
  return seen.json<Page>();
}

/** All rows of a list, page by page; `between` runs after each page. */
export async function allRows(
  simulator: Pick<Simulator, 'url' | 'apiKey'>,
  query: string,
  between: () => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const one: Page = await page(simulator, cursor === null ? query : `${query}&cursor=${encodeURIComponent(cursor)}`);
    rows.push(...one.conversations);
    cursor = one.has_more ? one.next_cursor : null;
    between();
  } while (cursor !== null);
  return rows;
}

/** The code in an error's body. */
export function codeOf(seen: Seen): unknown {
  const { detail } = seen.json<{ detail: { code?: unknown } }>();
  return detail.code;
}

/** Settings that keep a test's calls in the past. */
export const past = { startUnixSecs: 1_700_000_000, endUnixSecs: 1_700_400_000 } as const;
