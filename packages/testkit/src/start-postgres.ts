import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import type { TestServers } from './context.ts';
import { withAdmin } from './databases.ts';
import { dockerAnswers, startContainer } from './docker.ts';

export type StartedPostgres = Pick<TestServers, 'postgresUrl' | 'postgresVersion' | 'postgresOrigin' | 'copyStrategy'>;

/** Finds or starts the Postgres of a run. What must be undone at its end goes onto `undo`. */
export async function startPostgres(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string,
  undo: AsyncDisposableStack,
): Promise<StartedPostgres> {
  const given = environment['TEST_DATABASE_URL'];
  if (given) return await describePostgres(given, 'TEST_DATABASE_URL');
  const image = environment['TEST_POSTGRES_IMAGE'];
  if (image) return await describePostgres(await startInDocker(image, undo), image);
  const { url } = await startEmbeddedPostgres({ dataDir: directory, tuning: 'test' });
  undo.defer(async () => {
    await stopEmbeddedPostgres({ dataDir: directory, mode: 'immediate' });
  });
  return await describePostgres(url, 'embedded');
}

async function startInDocker(image: string, undo: AsyncDisposableStack): Promise<string> {
  if (!(await dockerAnswers())) {
    throw new Error(`TEST_POSTGRES_IMAGE asks for ${image}, but no Docker engine answers. Start one, or unset it.`);
  }
  const password = 'voxport';
  const { host, port } = await startContainer(
    {
      image,
      port: 5432,
      environment: { POSTGRES_USER: 'voxport', POSTGRES_PASSWORD: password, POSTGRES_DB: 'voxport' },
      command: ['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=200'],
      // The first time is the image's own set-up.
      readyLog: { pattern: /database system is ready to accept connections/u, times: 2 },
    },
    undo,
  );
  return `postgresql://voxport:${password}@${host}:${port}/voxport`;
}

async function describePostgres(postgresUrl: string, postgresOrigin: string): Promise<StartedPostgres> {
  const { rows } = await withAdmin(postgresUrl, (admin) =>
    admin.query<{ version: string; major: number; fsync: boolean }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version,
              current_setting('server_version_num')::int / 10000 as major,
              current_setting('fsync')::bool as fsync`,
    ),
  );
  const [server] = rows;
  if (!server) throw new Error('Postgres did not tell its version.');
  return {
    postgresUrl,
    postgresVersion: server.version,
    postgresOrigin,
    // Measured with 40 tables on 18.4: copying files 25 ms, the default (writing them to the log) 140 ms. Copying takes
    // two checkpoints, so it pays only where those cost nothing. The clause came with 15; before, it was the only way.
    copyStrategy: server.major >= 15 && !server.fsync ? 'strategy file_copy' : '',
  };
}
