import { TerminalFailure, TransientFailure } from '@voxport/domain';
import {
  describeWithProgram,
  makeCertificates,
  noteProcess,
  startRedisCluster,
  redisTlsConfig,
  startRedisProcess,
  startRedisSentinels,
  type Certificates,
} from '@voxport/testkit';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openEngine } from './engine.ts';
import { inspectRedis } from './inspect-redis.ts';

/** What opening the queue says; a refusal must be the same in `doctor`. */
async function told(queueUrl: string): Promise<{ message: string; mayPass: boolean }> {
  const [opened, inspected] = await Promise.all(
    [
      openEngine({ queueUrl, consumersMax: 1, onError: () => {} }).then((engine) => engine.close()),
      inspectRedis(queueUrl, 'QUEUE_URL'),
    ].map((running) =>
      running.then(
        () => null,
        (reason: unknown) => reason,
      ),
    ),
  );
  if (!(opened instanceof TransientFailure || opened instanceof TerminalFailure)) {
    throw new Error(`it was not refused, but: ${String(opened)}`);
  }
  expect(inspected).toMatchObject({ message: opened.message });
  return { message: opened.message, mayPass: opened instanceof TransientFailure };
}

async function expectToOpen(queueUrl: string): Promise<void> {
  const engine = await openEngine({ queueUrl, consumersMax: 1, onError: () => {} });
  await engine.ping();
  expect((await engine.memory())?.usedBytes).toBeGreaterThan(0);
  await engine.close();
}

describeWithProgram('redis-server', 'a Redis of another kind than its URL says', (program) => {
  async function start(...config: string[]): Promise<number> {
    const server = await startRedisProcess(program, {
      config: () => ['bind 127.0.0.1', 'save ""', ...config],
      onSpawn: noteProcess,
    });
    onTestFinished(() => server.stop());
    return server.port;
  }

  test('one server as a cluster, or behind Sentinels; a replica; nothing at all', async () => {
    const port = await start();
    await expectToOpen(`redis://127.0.0.1:${port}/3`);
    expect(await told(`redis+cluster://127.0.0.1:${port}`)).toEqual({
      message: `QUEUE_URL: the queue's store at redis+cluster://127.0.0.1:${port} cannot be used: no Redis Cluster stands there, but one server. Write redis://127.0.0.1:${port}.`,
      mayPass: false,
    });
    expect((await told(`redis+sentinel://127.0.0.1:${port}/mymaster`)).message).toContain(
      `no Sentinel stands at 127.0.0.1:${port}, but a Redis. Correct the port, or write redis:// for one server.`,
    );
    const replica = await start(`replicaof 127.0.0.1 ${port}`);
    expect(await told(`redis://127.0.0.1:${replica}`)).toMatchObject({
      message: expect.stringContaining(
        `it is a replica of 127.0.0.1:${port}, which takes no writes. Name the primary, or the Sentinels`,
      ) as string,
      mayPass: false,
    });
    expect(await told(`redis://me:secret@127.0.0.1:1`)).toEqual({
      message:
        "QUEUE_URL: the queue's store at redis://127.0.0.1:1 cannot be used: nothing listens there. Start Redis, or correct host and port (ECONNREFUSED).",
      mayPass: true,
    });
  });

  test('a node of a cluster as one server; a cluster that lacks slots', async () => {
    await using cluster = await startRedisCluster(program, { onSpawn: noteProcess });
    const [first, second] = cluster.nodes;
    expect(await told(`redis://127.0.0.1:${first!.port}`)).toMatchObject({
      message: expect.stringContaining(
        `a node of a Redis Cluster stands there. Write redis+cluster://127.0.0.1:${first!.port}, with some of the other nodes`,
      ) as string,
      mayPass: false,
    });
    // One of the nodes that are named may be away.
    await expectToOpen(`redis+cluster://127.0.0.1:1,127.0.0.1:${second!.port}`);
    const client = new Redis(first!.port, '127.0.0.1');
    onTestFinished(() => client.disconnect());
    await client.call('cluster', 'delslotsrange', 0, 10);
    expect(await told(`redis+cluster://127.0.0.1:${first!.port}`)).toMatchObject({
      message: expect.stringContaining('the cluster is down: 16373 of 16384 slots have a node that answers') as string,
      mayPass: true,
    });
  });

  test('Sentinels as a server, or asked for a name that they do not know', async () => {
    await using sentinels = await startRedisSentinels(program, { onSpawn: noteProcess });
    const [first] = sentinels.hosts.split(',');
    await expectToOpen(`redis+sentinel://127.0.0.1:1,${sentinels.hosts}/mymaster/2`);
    expect((await told(`redis://${first}`)).message).toContain(
      `a Redis Sentinel stands there, which keeps no data. Write redis+sentinel://${first}/mymaster, with the other Sentinels separated by commas.`,
    );
    expect(await told(`redis+sentinel://${first}/other`)).toMatchObject({
      message: expect.stringContaining(
        `the Sentinel at ${first} knows no server other; it knows mymaster. Correct the name after the hosts.`,
      ) as string,
      mayPass: false,
    });
  });

  test('passwords and rights', async () => {
    const port = await start(
      'user default off',
      'user owner on >own3r ~* &* +@all',
      'user few on >f3w ~voxport:* +@all -xadd -info',
    );
    const at = (user: string): string => `redis://${user}127.0.0.1:${port}`;
    expect(await told(at('owner:wrong-one@'))).toEqual({
      message: `QUEUE_URL: the queue's store at ${at('')} cannot be used: the user name or the password is wrong, or the user is switched off. Correct them in the URL.`,
      mayPass: false,
    });
    expect((await told(at(''))).message).toContain('it asks for a password, and the URL has none');
    const owner = new Redis(at('owner:own3r@'));
    onTestFinished(() => owner.disconnect());
    const remedy =
      'Give it what Voxport needs: ACL SETUSER few ~voxport:* +@read +@write +@transaction +@scripting +@connection -@dangerous +info +time.';
    expect((await told(at('few:f3w@'))).message).toContain(
      `the user few lacks the right to run info on keys voxport:*. ${remedy}`,
    );
    await owner.call('acl', 'setuser', 'few', '+info');
    expect((await told(at('few:f3w@'))).message).toContain(
      `the user few lacks the right to run xadd on keys voxport:*. ${remedy}`,
    );
    await owner.call('acl', 'setuser', 'few', 'resetkeys', '~other:*', '+xadd');
    expect((await told(at('few:f3w@'))).message).toMatch(/lacks the right to run get, set, .* and \d+ more on keys/u);
    // The remedy that the message names is one.
    await owner.call(
      ...(['acl', 'setuser', 'few', 'reset', 'on', '>f3w', ...rightsOf(remedy)] as [string, ...string[]]),
    );
    await expectToOpen(at('few:f3w@'));
  });
});

function rightsOf(remedy: string): string[] {
  return /ACL SETUSER few (.*)\.$/u.exec(remedy)![1]!.split(' ');
}

describeWithProgram('redis-server', 'a Redis over TLS', (program) => {
  describeWithProgram('openssl', 'by certificates of an own authority', (openssl) => {
    let certificates: Certificates;
    let others: Certificates;
    beforeAll(() => {
      certificates = makeCertificates(openssl, ['localhost', 'IP:::1'], 'voxport');
      others = makeCertificates(openssl, ['localhost'], 'voxport');
      return () => {
        certificates[Symbol.dispose]();
        others[Symbol.dispose]();
      };
    });

    async function start(...config: string[]): Promise<number> {
      const server = await startRedisProcess(program, {
        config: ({ port }) => ['bind 127.0.0.1 -::1', 'save ""', ...redisTlsConfig(port, certificates), ...config],
        onSpawn: noteProcess,
      });
      onTestFinished(() => server.stop());
      return server.port;
    }

    test('is reached with the authority, and every other case is told by its cause', async () => {
      const port = await start('tls-auth-clients no');
      await expectToOpen(`rediss://localhost:${port}?sslrootcert=${certificates.caFile}`);
      await expectToOpen(`rediss://127.0.0.1:${port}?sslmode=no-verify`);
      const reasons: Record<string, RegExp> = {
        [`rediss://localhost:${port}`]: /an authority that is not trusted\. Add sslrootcert=/u,
        [`rediss://localhost:${port}?sslrootcert=${others.caFile}`]: /authority/u,
        [`rediss://127.0.0.1:${port}?sslrootcert=${certificates.caFile}`]: /issued for another host name/u,
        [`rediss://localhost:${port}?sslrootcert=/nowhere/ca.pem`]:
          /the file that sslrootcert names, \/nowhere\/ca\.pem, cannot be read/u,
        [`redis://localhost:${port}`]: /it asks for TLS\. Write rediss:\/\/ instead of redis:\/\//u,
      };
      for (const [url, reason] of Object.entries(reasons)) expect((await told(url)).message).toMatch(reason);
    });

    test('with client certificates: one that is missing is told as that', async () => {
      const port = await start('tls-auth-clients yes');
      const url = `rediss://localhost:${port}?sslrootcert=${certificates.caFile}`;
      await expectToOpen(`${url}&sslcert=${certificates.clientCertFile}&sslkey=${certificates.clientKeyFile}`);
      expect(await told(url)).toMatchObject({
        message: expect.stringContaining('it asks for a client certificate. Add sslcert=') as string,
        mayPass: false,
      });
      expect((await told(`${url}&sslcert=${others.clientCertFile}&sslkey=${others.clientKeyFile}`)).message).toMatch(
        /client certificate/u,
      );
      expect(
        (await told(`${url}&sslcert=${others.clientCertFile}&sslkey=${certificates.clientKeyFile}`)).message,
      ).toMatch(/is not the one of the certificate that sslcert names/u);
    });

    test('a certificate that has expired; a server that speaks no TLS', async () => {
      const expired = await start('tls-auth-clients no', `tls-cert-file ${certificates.expiredCertFile}`);
      expect((await told(`rediss://localhost:${expired}?sslrootcert=${certificates.caFile}`)).message).toContain(
        'its certificate has expired',
      );
      const plain = await startRedisProcess(program, { config: () => ['bind 127.0.0.1'], onSpawn: noteProcess });
      onTestFinished(() => plain.stop());
      expect((await told(`rediss://127.0.0.1:${plain.port}`)).message).toContain(
        'it does not speak TLS on this port. Correct the port, or write redis:// for no TLS.',
      );
    });
  });
});

describe('a URL that cannot be read', () => {
  test('is told without what it holds', async () => {
    expect(await told('redis+sentinel://me:secret@host')).toEqual({
      message:
        'QUEUE_URL cannot be read: it lacks the name that the Sentinels know the server by: redis+sentinel://host:26379/mymaster.',
      mayPass: false,
    });
  });
});
