import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An S3 server of its own, which checks signatures, behind a proxy that counts requests and can break them. */
export interface TestBucket extends AsyncDisposable {
  readonly settings: {
    readonly bucket: string;
    readonly prefix: string;
    readonly region: null;
    readonly endpoint: string;
    readonly forcePathStyle: boolean;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The requests so far: method, path and query. */
  readonly requests: readonly string[];
  /** What happens to requests from now on: true cuts the connection of those that match. */
  breakWhen(isBroken: (request: IncomingMessage) => boolean): void;
  /** The keys of the objects that can be seen. */
  keys(): Promise<string[]>;
  /** The bytes of an object. */
  read(key: string): Promise<Buffer>;
}

const bucket = 'recordings';
const nothingIsBroken = (_request: IncomingMessage): boolean => false;

/** Starts an S3 server with one empty bucket on 127.0.0.1; it is gone when the scope ends. */
export async function startTestBucket(): Promise<TestBucket> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'voxport-s3-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // Only for the tests that want it: it brings a web framework along.
  const { default: S3rver } = await import('@20minutes/s3rver');
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
    vhostBuckets: false,
  });
  const { port } = await server.run();
  opened.defer(() => server.close());

  const requests: string[] = [];
  let isBroken = nothingIsBroken;
  const proxy = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (isBroken(request)) {
      request.socket.resetAndDestroy();
      return;
    }
    const { method, url, headers } = request;
    const passed = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.on('close', () => !request.complete && passed.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  opened.defer(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  async function files(): Promise<string[]> {
    const root = join(directory, bucket);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  }
  const kept = opened.move();
  return {
    settings: {
      bucket,
      prefix: 'calls/',
      region: null,
      endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    },
    requests,
    breakWhen(condition) {
      isBroken = condition;
    },
    async keys() {
      const suffix = '._S3rver_object';
      return (await files())
        .filter((file) => file.endsWith(suffix))
        .map((file) => file.slice(0, -suffix.length))
        .toSorted();
    },
    read: (key) => readFile(join(directory, bucket, `${key}._S3rver_object`)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
