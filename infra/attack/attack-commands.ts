import type { Attempt } from './attempt.ts';
import type { OwnInstance } from './own-instance.ts';

/** What must not be taken for one query that reads. */
const queries: readonly string[] = [
  'commit; create table public.mine ()',
  'select 1; select 2',
  "copy (select 1) to program 'true'",
  "select pg_read_file('/etc/passwd')",
  'set role voxport_app',
  'table voxport_raw.payloads',
];

const source = (rest: string): string => `sources:\n  - { name: x, api_key_env: KEY, ${rest} }\n`;

/** Settings that would open a door, and what refuses them. */
const settings: readonly {
  what: string;
  sources?: string;
  environment?: Readonly<Record<string, string>>;
  says: RegExp;
}[] = [
  {
    what: 'a source by http:// at another machine',
    sources: source("base_url: 'http://api.invalid'"),
    says: /allow_http/u,
  },
  {
    what: "a webhook's secret of eight characters",
    sources: source("base_url: 'http://127.0.0.1:1', webhook_secret_env: HOOK"),
    environment: { HOOK: 'whsec_12' },
    says: /HOOK|webhook_secret/u,
  },
  {
    what: "an operators' token of eight characters",
    environment: { VOXPORT_OPERATOR_TOKEN: 'abcdefgh' },
    says: /VOXPORT_OPERATOR_TOKEN/u,
  },
  {
    what: "an operators' token of one letter",
    environment: { VOXPORT_OPERATOR_TOKEN: 'a'.repeat(40) },
    says: /VOXPORT_OPERATOR_TOKEN/u,
  },
  {
    what: 'believing everybody who they ask for',
    environment: { VOXPORT_TRUSTED_PROXIES: 'everybody' },
    says: /VOXPORT_TRUSTED_PROXIES/u,
  },
];

/** What somebody can have the commands do who types a query, or sets the instance up carelessly. */
export async function attackCommands({ command }: OwnInstance): Promise<Attempt[]> {
  const ofQueries = queries.map((query) => async (): Promise<Attempt> => {
    const { code, output } = await command(['query', query]);
    const held = code !== 0 && output.includes('The query failed');
    const answer = `exit code ${String(code)}`;
    return { area: 'command', what: `voxport query: ${query}`, answer, outcome: held ? 'held' : 'broken' };
  });
  const ofSettings = settings.map(({ what, environment, sources, says }, index) => async (): Promise<Attempt> => {
    const { code, output } = await command(['sync'], {
      ...(sources === undefined ? {} : { sources: { name: `other-${index}.yaml`, text: sources } }),
      ...(environment === undefined ? {} : { environment }),
    });
    const held = code === 2 && says.test(output);
    return { area: 'settings', what, answer: `exit code ${String(code)}`, outcome: held ? 'held' : 'broken' };
  });
  // A command is mostly its start, which keeps a core busy.
  const waiting = [...ofQueries, ...ofSettings];
  const attempts: Attempt[] = [];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) attempts.push(await next());
  }
  await Promise.all([work(), work()]);
  return attempts;
}
