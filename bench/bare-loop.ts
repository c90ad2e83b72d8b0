import { parseArgs } from 'node:util';
import pg from 'pg';

/**
 * What the export is compared with: lists everything, asks for every detail, and writes one row a conversation and one
 * a turn, with nothing that makes an export safe. Prints how many conversations and turns it wrote, as JSON.
 * node bench/bare-loop.ts --source URL --database URL
 */
const { values } = parseArgs({ options: { source: { type: 'string' }, database: { type: 'string' } } });
const { source, database } = values;
if (source === undefined || database === undefined) throw new Error('Give --source and --database, each a URL.');

/** Requests at once, and conversations a transaction. */
const [atOnce, batchSize] = [16, 100];
const headers = { 'xi-api-key': 'bench' };

interface Detail {
  readonly conversation_id: string;
  readonly status: string;
  readonly transcript: readonly { readonly role: string; readonly message: string | null }[];
}

const client = new pg.Client(database);
await client.connect();
await client.query(`
  create table conversations (conversation_id text primary key, status text, payload jsonb);
  create table turns (conversation_id text references conversations, turn_index integer, role text, message text,
                      primary key (conversation_id, turn_index))`);

const ids = await listAll();
let turns = 0;
for (let start = 0; start < ids.length; start += batchSize) {
  await insert(await fetchAll(ids.slice(start, start + batchSize)));
}
await client.end();
console.log(JSON.stringify({ conversations: ids.length, turns }));

async function listAll(): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const next = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = (await ask(`/v1/convai/conversations?page_size=100${next}`)) as {
      conversations: { conversation_id: string }[];
      next_cursor: string | null;
    };
    found.push(...page.conversations.map(({ conversation_id: id }) => id));
    cursor = page.next_cursor;
  }
  return found;
}

async function fetchAll(batch: readonly string[]): Promise<Detail[]> {
  const waiting = [...batch];
  const details: Detail[] = [];
  const fetchNext = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      details.push((await ask(`/v1/convai/conversations/${id}`)) as Detail);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, fetchNext));
  return details;
}

async function insert(details: readonly Detail[]): Promise<void> {
  const rows = details.flatMap(({ conversation_id: id, transcript }) =>
    transcript.map(({ role, message }, index) => ({ id, index, role, message })),
  );
  turns += rows.length;
  await client.query('begin');
  await client.query('insert into conversations select * from unnest($1::text[], $2::text[], $3::jsonb[])', [
    details.map(({ conversation_id: id }) => id),
    details.map(({ status }) => status),
    details.map((detail) => JSON.stringify(detail)),
  ]);
  await client.query('insert into turns select * from unnest($1::text[], $2::integer[], $3::text[], $4::text[])', [
    rows.map(({ id }) => id),
    rows.map(({ index }) => index),
    rows.map(({ role }) => role),
    rows.map(({ message }) => message),
  ]);
  await client.query('commit');
}

async function ask(path: string): Promise<unknown> {
  const answer = await fetch(`${source}${path}`, { headers });
  if (!answer.ok) throw new Error(`The simulator answers ${answer.status} to ${path}.`);
  return answer.json();
}
