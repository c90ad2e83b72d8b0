import { describeServer, type EmbeddedPostgres } from './connection.ts';
import { inspectServer } from './inspect.ts';
import { layoutOf } from './layout.ts';

/**
 * The server of this data directory if it runs and takes connections, verified by connecting; else null.
 * Starts nothing and changes nothing.
 *
 * @throws EmbeddedPostgresFailure `password_rejected`
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres | null> {
  const layout = layoutOf(dataDir);
  const server = await inspectServer(layout);
  return server.state === 'running' ? await describeServer(layout, server, false) : null;
}
