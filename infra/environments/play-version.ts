import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withAdmin } from '../../packages/testkit/src/databases.ts';

const run = promisify(execFile);
const cli = new URL('../../services/cli/src/main.ts', import.meta.url).pathname;

/** The views that analysts read, and rows that must be there. */
const queries = [
  'select * from voxport.daily_agent_stats limit 3',
  'select conversation_id, started_at, duration_secs from voxport.conversations order by started_at limit 3',
  'select count(*) from voxport.transcript_turns',
];

/**
 * Plays the whole of it on one server by the commands, as processes of their own: migrate twice, sync, sync again,
 * verify, the views, doctor.
 * @returns the server's version and what is reported of it; rejects with what a command said that did not do as it
 *   must.
 */
export async function playVersion(
  adminUrl: string,
  source: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly conversationCount: number;
    readonly queueUrl?: string;
  },
): Promise<{ version: string; told: string }> {
  const version = await withAdmin(adminUrl, async (admin) => {
    await admin.query("create role owner login password 'owner' nosuperuser nocreatedb nocreaterole");
    await admin.query('create database voxport owner owner');
    const { rows } = await admin.query<{ version: string }>(
      "select split_part(current_setting('server_version'), ' ', 1) as version",
    );
    return rows[0]!.version;
  });
  const url = Object.assign(new URL(adminUrl), { username: 'owner', password: 'owner', pathname: '/voxport' }).href;
  const environment = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: url,
    ELEVENLABS_API_KEY: source.apiKey,
    ELEVENLABS_BASE_URL: source.baseUrl,
    ...(source.queueUrl === undefined ? {} : { QUEUE_URL: source.queueUrl }),
  };
  const voxport = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, [cli, ...args], { env: environment, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
  await voxport('migrate');
  expectText(await voxport('migrate'), /up to date/u);
  const first = JSON.parse(await voxport('sync', '--json')) as { state: string; loaded: number; failed: number };
  if (first.state !== 'finished' || first.loaded !== source.conversationCount || first.failed !== 0)
    throw new Error(`sync: ${JSON.stringify(first)}`);
  const second = JSON.parse(await voxport('sync', '--json')) as { state: string; loaded: number };
  if (second.state !== 'finished' || second.loaded !== 0) throw new Error(`the second sync: ${JSON.stringify(second)}`);
  await voxport('reload');
  await withAdmin(url, async (owner) => {
    for (const query of queries) {
      const { rowCount } = await owner.query(query);
      if (rowCount === 0) throw new Error(`${query}: no rows`);
    }
  });
  expectText(await voxport('doctor'), /ok {4}migrations/u);
  return {
    version,
    told: `migrate, ${first.loaded} conversations, a second sync without changes, reload, views, doctor: as an owner without other rights`,
  };
}

function expectText(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`not as expected: ${text}`);
}
