import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allPaths } from '../../packages/mapping/coverage/all-paths.ts';
import { placeValue } from '../../packages/mapping/coverage/place-value.ts';
import { startSimulator } from '../../packages/simulator/src/index.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A conversation as a source has it: the row of its list, and its detail. */
export interface Document {
  readonly row: Json;
  readonly detail: Json;
}

const fixtures = join(import.meta.dirname, '../../packages/mapping/src/fixtures');
const simulated = 120;

/**
 * What is mutated: the recorded conversation, one that has every documented field, and a good many of the simulator's.
 */
export async function readDocuments(): Promise<Document[]> {
  const recorded = await readFixture('get-conversation.json');
  const { conversations } = (await readFixture('list-conversations.json')) as { conversations: readonly Json[] };
  return [{ row: conversations[0]!, detail: recorded }, documented(), ...(await simulatedDocuments())];
}

async function readFixture(name: string): Promise<Json> {
  return JSON.parse(await readFile(join(fixtures, name), 'utf8')) as Json;
}

async function simulatedDocuments(): Promise<Document[]> {
  await using simulator = await startSimulator({ conversationCount: simulated, seed: 12, turnsPerConversation: 12 });
  const headers = { 'xi-api-key': simulator.apiKey ?? '' };
  const documents: Document[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `page_size=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const answer = await fetch(`${simulator.url}/v1/convai/conversations?${query}`, { headers });
    const page = (await answer.json()) as { conversations: Json[]; next_cursor: string | null };
    for (const row of page.conversations) {
      const text = simulator.detailText(row['conversation_id'] as string);
      if (text === null || row['status'] !== 'done') continue;
      documents.push({ row, detail: JSON.parse(text) as Json });
    }
    cursor = page.next_cursor;
  }
  return documents;
}

/** Every field that the source is known to send, with a value of its type. */
function documented(): Document {
  const ofDetail = allPaths.filter(
    ({ path, page }) => !/^(conversations|data)\[\]/.test(path) && !page.startsWith('voiceable'),
  );
  const ofRow = allPaths.filter(({ path }) => path.startsWith('conversations[].'));
  const detail = ofDetail.reduce<Json>(
    (built, { path, type }) => lay(built, placeValue(path, typical(path, type), 'a_key')) as Json,
    {},
  );
  const row = ofRow.reduce<Json>(
    (built, { path, type }) =>
      lay(built, placeValue(path.slice('conversations[].'.length), typical(path, type), 'a_key')) as Json,
    {},
  );
  return {
    row: { ...row, message_count: 1, status: 'done', call_duration_secs: 30 },
    detail: { ...detail, status: 'done', hiding_reason: null },
  };
}

function typical(path: string, type: string): unknown {
  if (/deleted_.*_at/.test(path)) return null;
  if (/unix_ms/.test(path)) return 1_767_220_000_000;
  if (/unix_secs|_unix/.test(path)) return 1_767_220_000;
  if (type.includes('integer')) return 3;
  if (type.includes('number')) return 1.5;
  if (type.includes('boolean')) return true;
  if (type.includes('string')) return 'a word';
  return { any: 'thing' };
}

/** Lays one value over another, item on item. */
function lay(left: unknown, right: unknown): unknown {
  if (Array.isArray(left) && Array.isArray(right)) return [lay(left[0], right[0])];
  if (!isPlain(left) || !isPlain(right)) return isPlain(left) || Array.isArray(left) ? left : right;
  const laid: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) laid[key] = key in laid ? lay(laid[key], value) : value;
  return laid;
}

function isPlain(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
