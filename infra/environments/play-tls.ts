import { chown, copyFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../packages/testkit/src/find-program.ts';
import { makeCertificates, type Certificates } from '../../packages/testkit/src/certificates.ts';
import { startRedisProcess } from '../../packages/testkit/src/redis-process.ts';
import { pastMonth } from '../../packages/simulator/src/past-month.ts';
import { startSimulator } from '../../packages/simulator/src/simulator.ts';
import { connectDatabase } from '../../packages/warehouse/src/database.ts';
import { playVersion } from './play-version.ts';
import { account, startPostgresServer, type PostgresServer } from './postgres-server.ts';

const conversationCount = 50;

/**
 * Everything on ::1 and nothing on an address of IPv4: the API, Postgres by TLS with `verify-full` and client
 * certificates, Redis. A whole export; then each way in which certificates go wrong, and what is said of it.
 * @returns lines of the table in docs/environments.md; rejects with what was not as it must be.
 */
export async function playTls(native: string): Promise<string[]> {
  const openssl = findProgram(['openssl']);
  if (openssl === null) throw new Error('no openssl on the PATH');
  using certificates = makeCertificates(openssl, ['localhost', 'IP:::1'], 'owner');
  using others = makeCertificates(openssl, ['elsewhere.example'], 'owner');
  const client = `sslcert=${certificates.clientCertFile}&sslkey=${certificates.clientKeyFile}`;
  const authority = `sslmode=verify-full&sslrootcert=${certificates.caFile}`;
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await start(native, certificates, certificates.certFile, certificates.keyFile));
  const simulator = stack.use(
    await startSimulator({ conversationCount, seed: 12, apiKey: 'environments', host: '::1', ...pastMonth }),
  );
  const redisProgram = findProgram(['redis-server']);
  const redis =
    redisProgram === null
      ? null
      : stack.use(await startRedisProcess(redisProgram, { config: () => ['bind ::1', 'save ""'] }));
  const { version, told } = await playVersion(`${server.adminUrl}?${authority}&${client}`, {
    baseUrl: simulator.url,
    apiKey: 'environments',
    conversationCount,
    ...(redis === null ? {} : { queueUrl: `redis://[::1]:${redis.port}` }),
  });

  await expectRefusal(`${server.adminUrl}?sslmode=verify-full`, /an authority that is not trusted\. Add sslrootcert=/u);
  await expectRefusal(
    `${server.adminUrl}?sslmode=verify-full&sslrootcert=${others.caFile}&${client}`,
    /signed by an authority that is not trusted|not signed by the authority of sslrootcert/u,
  );
  await expectRefusal(`${server.adminUrl}?${authority}`, /asks for a client certificate\. Add sslcert=/u);
  await expectRefusal(
    `${server.adminUrl}?${authority}&sslcert=${others.clientCertFile}&sslkey=${others.clientKeyFile}`,
    /does not trust the authority of the client certificate/u,
  );
  await expectRefusal(
    `${server.adminUrl}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`,
    /the file that sslrootcert names, \/nowhere\/ca\.pem, cannot be read/u,
  );
  await expectRefusal(server.adminUrl, /refuses this user, or refuses it without encryption or a client certificate/u);
  const elsewhere = stack.use(await start(native, certificates, others.certFile, others.keyFile));
  await expectRefusal(
    `${elsewhere.adminUrl}?sslmode=verify-full&sslrootcert=${others.caFile}&${client}`,
    /issued for another host name/u,
  );
  const expired = stack.use(await start(native, certificates, certificates.expiredCertFile, certificates.keyFile));
  await expectRefusal(`${expired.adminUrl}?${authority}&${client}`, /its certificate has expired/u);
  const plain = stack.use(await startPostgresServer(native, { host: '::1' }));
  await expectRefusal(`${plain.adminUrl}?${authority}`, /the server speaks no TLS/u);
  return [
    `| PostgreSQL ${version} by TLS with verify-full and client certificates, on ::1 alone${redis === null ? '' : ', with Redis and the API there too'} | ${told} |`,
    '| the same: wrong authority, wrong host name, expired, client certificate missing or of another authority, a file that is missing, no TLS on either side | each told by its cause |',
  ];
}

/** A server that lets nobody in without TLS and a client certificate. */
function start(native: string, { caFile }: Certificates, certFile: string, keyFile: string): Promise<PostgresServer> {
  return startPostgresServer(native, {
    host: '::1',
    async configure(directory) {
      const own = async (path: string, name: string): Promise<string> => {
        const copy = join(directory, name);
        await copyFile(path, copy);
        await chmod(copy, 0o600);
        if (account.uid !== undefined) await chown(copy, account.uid, account.gid);
        return copy;
      };
      return {
        settings: [
          'ssl = on',
          `ssl_ca_file = '${await own(caFile, 'ca.pem')}'`,
          `ssl_cert_file = '${await own(certFile, 'server.pem')}'`,
          `ssl_key_file = '${await own(keyFile, 'server.key')}'`,
        ],
        hba: ['hostssl all all all scram-sha-256 clientcert=verify-ca'],
      };
    },
  });
}

async function expectRefusal(url: string, reason: RegExp): Promise<void> {
  const said = await whatIsSaid(url);
  if (!reason.test(said)) throw new Error(`expected ${String(reason)}, but: ${said}`);
}

async function whatIsSaid(url: string): Promise<string> {
  try {
    await using database = connectDatabase({
      url,
      poolSizeMax: 1,
      applicationName: 'voxport environments',
      onPoolError: () => {},
    });
    await database.waitForDatabase(new AbortController().signal, 0);
    return 'it was let in';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
