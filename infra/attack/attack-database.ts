import pg from 'pg';
import type { Attempt } from './attempt.ts';
import type { AttackTarget } from './target.ts';

type Login = keyof AttackTarget['databaseUrls'];

/** What nobody may: files, programs, roles, settings, schemas. */
const forNobody: readonly string[] = [
  "copy (select 1) to program 'true'",
  "copy (select 1) to '/tmp/voxport-attack'",
  "select pg_read_file('/etc/passwd')",
  "select pg_ls_dir('/')",
  "select lo_export(1, '/tmp/voxport-attack')",
  'begin read write; create table voxport.mine ()',
  'begin read write; create table public.mine ()',
  'begin read write; create schema mine',
  'begin read write; create role mine',
  'begin read write; create extension dblink',
  'alter system set fsync = off',
  'begin; lock table voxport_ops.migrations_lock in exclusive mode',
  'begin read write; drop table voxport.conversations',
  'begin read write; alter table voxport.conversations disable row level security',
];

const forReaders: readonly string[] = [
  'table voxport_raw.payloads',
  'table voxport_ops.inventory',
  'table voxport_ops.erased_conversations',
  'begin read write; delete from voxport.conversations',
  'begin read write; create temporary table mine ()',
  'set role voxport_app',
  'set session authorization voxport_app',
  'begin; lock table voxport.conversations in share mode',
  "select nextval('voxport_ops.runs_run_id_seq')",
  'select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user and usename is not null',
];

/** By login: what it must be refused. */
const statements: Readonly<Record<Login, readonly string[]>> = {
  // Its login may also be a member of voxport_bi_restricted, which shows nothing that it does not see.
  reader: [...forNobody, ...forReaders],
  restricted: [
    ...forNobody,
    ...forReaders,
    'table voxport.conversations',
    'select message from voxport.transcript_turns',
    'select summary from voxport_restricted.conversations',
    'select external_number from voxport_restricted.conversations',
  ],
  service: [
    ...forNobody,
    'begin read write; truncate voxport_ops.samples',
    'begin read write; delete from voxport_ops.migrations',
    "begin read write; create function voxport.mine() returns int language sql as 'select 1'",
  ],
  gateway: [
    ...forNobody,
    'begin read write; delete from voxport_raw.payloads',
    'begin read write; delete from voxport_ops.inventory',
    'begin read write; delete from voxport_ops.erased_conversations',
    "begin read write; update voxport.conversations set summary = 'x'",
  ],
};

/** What a superuser has to take away, which a managed server has not: open there, and said so in docs/roles.md. */
const whereSuperuser: readonly string[] = [
  'select pg_try_advisory_lock(1)',
  'select pg_try_advisory_xact_lock_shared(1)',
  'begin read write; select lo_create(0)',
  "begin read write; select lo_from_bytea(0, 'x')",
];

/** What Postgres has no right for. */
const withoutRight: readonly string[] = ['listen voxport_attack', "notify voxport_attack, 'x'"];

/**
 * 42501: no right; 25006: the transaction is read-only; 42703: no such column there; 0A000: there is no such thing on
 * this server.
 */
const refusals = new Set(['42501', '25006', '42703', '0A000']);

/**
 * Runs what each login must be refused, each statement in a session of its own; whatever gets through is rolled back
 * with it.
 */
export async function attackDatabase({ databaseUrls }: AttackTarget): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const login of Object.keys(statements) as Login[]) {
    const url = databaseUrls[login];
    if (url === null) {
      const what = `${statements[login].length} statements as ${login}`;
      attempts.push({ area: 'database', what, outcome: 'not tried', answer: `needs --${login}-url` });
      continue;
    }
    for (const statement of statements[login]) {
      const refusal = await refusalOf(url, statement);
      const held = refusal !== null && refusals.has(refusal);
      attempts.push({
        area: 'database',
        what: `as ${login}: ${statement}`,
        answer: refusal ?? 'done',
        outcome: held ? 'held' : 'broken',
      });
    }
    if (login === 'reader' || login === 'restricted') attempts.push(...(await attackAsReader(login, url)));
  }
  return attempts;
}

async function attackAsReader(login: Login, url: string): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const statement of [...whereSuperuser, ...withoutRight]) {
    const refusal = await refusalOf(url, statement);
    const outcome = refusal !== null && refusals.has(refusal) ? 'held' : 'open';
    attempts.push({
      area: 'database',
      what: `as ${login}: ${statement}`,
      answer: refusal ?? 'done; see docs/roles.md',
      outcome,
    });
  }
  const limit = await settingOf(url, 'statement_timeout');
  attempts.push({
    area: 'database',
    what: `as ${login}: a query without an end`,
    answer: limit === '0' ? 'statement_timeout is not set for this login; see docs/roles.md' : `ended after ${limit}`,
    outcome: limit === '0' ? 'open' : 'held',
  });
  return attempts;
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, statement_timeout: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The code with which Postgres refuses a statement; null where it does it. */
function refusalOf(url: string, statement: string): Promise<string | null> {
  return connected(url, async (client) => {
    // What does not begin a transaction itself runs in one, so that nothing stays of it.
    if (!/^(?:begin|copy|alter system|set|listen|notify)/u.test(statement)) await client.query('begin');
    return client.query(statement).then(
      () => null,
      (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? 'unknown') : 'cut off'),
    );
  });
}

async function settingOf(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(`show ${name}`);
    return Object.values(rows[0] ?? {})[0] ?? '';
  } finally {
    await client.end();
  }
}
