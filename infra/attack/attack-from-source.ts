import { setTimeout as sleep } from 'node:timers/promises';
import { queryOnce, withAdmin } from '../../packages/testkit/src/databases.ts';
import { ask } from './ask.ts';
import type { Attempt } from './attempt.ts';
import type { OwnInstance } from './own-instance.ts';

const waitMs = 45_000;

/**
 * What a source can do that lies: its answers quote a caller, hold scripts and terminal escapes, and lead elsewhere.
 */
export async function attackFromSource(instance: OwnInstance): Promise<Attempt[]> {
  const { ownerUrl, secrets } = instance;
  const failures = "select 1 from voxport_ops.failures where error_class in ('invalid_request') having count(*) >= 2";
  const attempts: Attempt[] = [];
  const note = (what: string, answer: string, outcome: Attempt['outcome']): void =>
    void attempts.push({ area: 'source', what, answer, outcome });

  const hasFailed = await waitFor(() => hasRows(ownerUrl, failures));
  if (!hasFailed) {
    note('answers of 400 and 422 that quote a caller', 'they were not asked for in time', 'broken');
    return attempts;
  }
  // An alert of the failures is told within a minute.
  const isTold = await waitFor(async () => instance.alerts().length > 0);

  const places: readonly { where: string; text: string }[] = [
    { where: 'every table of the work and of raw', text: await everythingStored(ownerUrl) },
    { where: 'the log', text: instance.log() },
    { where: 'the pages', text: await everyPage(instance) },
    {
      where: isTold ? 'alerts that are sent' : 'alerts that are sent (none in time)',
      text: instance.alerts().join('\n'),
    },
  ];
  for (const { where, text } of places) {
    const found = secrets.filter((secret) => text.includes(secret));
    const answer = found.length === 0 ? `${text.length} characters searched` : `${found.length} values stand there`;
    note(
      `a caller's number and address, quoted by an answer of 400, in ${where}`,
      answer,
      found.length > 0 ? 'broken' : text === '' ? 'not tried' : 'held',
    );
  }
  const page = places[2]?.text ?? '';
  note('a script in a name, on the pages', 'as text', page.includes('<script>alert(1)') ? 'broken' : 'held');
  note("a terminal's escapes in the log", 'as text', instance.log().includes('\u001B]0;') ? 'broken' : 'held');
  const { output } = await instance.command(
    ['query', "select agent_name from voxport.conversations where agent_name ~ 'script'"],
    {
      inTerminal: true,
    },
  );
  const isShown = output.includes('script');
  note(
    "a terminal's escapes in voxport query",
    isShown ? 'as text' : output.trim().slice(0, 80),
    output.includes('\u001B]0;') ? 'broken' : isShown ? 'held' : 'not tried',
  );
  const followed = instance.redirected().filter((request) => request.includes(secrets.at(-3) ?? ''));
  note(
    'a redirect that would take the key along',
    `${instance.redirected().length} requests came there`,
    followed.length > 0 ? 'broken' : 'held',
  );
  return attempts;
}

async function waitFor(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + waitMs; Date.now() < end;) {
    if (await isSo()) return true;
    await sleep(200);
  }
  return false;
}

async function hasRows(url: string, query: string): Promise<boolean> {
  return (await queryOnce(url, query)).length > 0;
}

async function everythingStored(url: string): Promise<string> {
  return withAdmin(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('voxport', 'voxport_ops', 'voxport_raw', 'bullmq')`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const { rows: lines } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push(...lines.map(({ text }) => text));
    }
    return texts.join('\n');
  });
}

async function everyPage({ target }: OwnInstance): Promise<string> {
  const texts: string[] = [];
  const headers = { authorization: `Bearer ${String(target.operatorToken)}`, accept: 'text/html' };
  for (const path of [
    '/',
    '/runs',
    '/runs/1',
    '/failures',
    '/coverage',
    '/webhook-events',
    '/metrics',
    '/queues/api/queues',
  ])
    texts.push((await ask(target.url, { path, headers })).text);
  return texts.join('\n');
}
