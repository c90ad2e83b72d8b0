/**
 * `pnpm environments [major…]`: migrates, exports, verifies and reads on every version of PostgreSQL that is supported,
 * each a real server, as an owner without any other right. Prints a line of the table in docs/environments.md for each.
 * 1 when one of them fails.
 */
import { pastMonth } from '../../packages/simulator/src/past-month.ts';
import { startSimulator } from '../../packages/simulator/src/simulator.ts';
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

const asked = process.argv.slice(2);
const unknown = asked.filter((major) => versions[major] === undefined);
if (unknown.length > 0) {
  process.stderr.write(
    `environments: no PostgreSQL ${unknown.join(', ')}; there are ${Object.keys(versions).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const conversationCount = 200;
  await using simulator = await startSimulator({ conversationCount, seed: 12, apiKey: 'environments', ...pastMonth });
  for (const major of asked.length === 0 ? Object.keys(versions) : asked) {
    try {
      await using server = await startPostgresServer(await fetchBinaries(versions[major]!));
      const played = await playVersion(server.adminUrl, {
        baseUrl: simulator.url,
        apiKey: 'environments',
        conversationCount,
      });
      process.stdout.write(`| PostgreSQL ${played.version} | ${played.told} |\n`);
    } catch (error) {
      process.stdout.write(`| PostgreSQL ${major} | failed |\n`);
      process.stderr.write(`PostgreSQL ${major}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
