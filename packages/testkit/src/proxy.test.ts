import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startProxy, type Proxy } from './proxy.ts';

/** A server that sends back what it gets, behind a proxy. */
async function startEcho(): Promise<Proxy> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startProxy((server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  return proxy;
}

async function connect(proxy: Proxy): Promise<{ socket: Socket; received: () => string }> {
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1' });
  let text = '';
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'connect');
  return { socket, received: () => text };
}

async function ask(client: Awaited<ReturnType<typeof connect>>, text: string): Promise<void> {
  client.socket.write(text);
  await eventually(() => client.received().endsWith(text), { what: `${text} to come back` });
}

test('a connection that swallows stays open and gives nothing back, a new one works', async () => {
  const proxy = await startEcho();
  const old = await connect(proxy);
  await ask(old, 'before');
  expect(proxy.swallow()).toBe(1);
  old.socket.write('lost');
  const fresh = await connect(proxy);
  await ask(fresh, 'after');
  expect(old.received()).toBe('before');
  expect(old.socket.destroyed).toBe(false);
});

test('what is stalled comes through later, on old connections and new ones', async () => {
  const proxy = await startEcho();
  const old = await connect(proxy);
  await ask(old, 'before');
  proxy.stall();
  old.socket.write(' meanwhile');
  const fresh = await connect(proxy);
  fresh.socket.write('new');
  await eventually(() => proxy.open() === 2, { what: 'the second connection' });
  expect([old.received(), fresh.received()]).toEqual(['before', '']);
  proxy.flow();
  await eventually(() => old.received() === 'before meanwhile' && fresh.received() === 'new', {
    what: 'everything to come through',
  });
});

test('the end of one side is told to the other', async () => {
  const proxy = await startEcho();
  const client = await connect(proxy);
  await ask(client, 'hello');
  client.socket.destroy();
  await eventually(() => proxy.open() === 0, { what: 'the proxy to let go' });
});

test.each([
  ['end', null],
  ['reset', 'ECONNRESET'],
] as const)('connections are cut (%s), new ones work', async (how, code) => {
  const proxy = await startEcho();
  const old = await connect(proxy);
  await ask(old, 'before');
  let failed: string | null = null;
  old.socket.on('error', (error: NodeJS.ErrnoException) => (failed = error.code ?? ''));
  const closed = new Promise((resolve) => old.socket.on('close', resolve));
  expect(proxy.cut(how)).toBe(1);
  await closed;
  expect(failed).toBe(code);
  await ask(await connect(proxy), 'after');
});

test('a proxy that hangs up takes a connection and ends it at the first byte', async () => {
  const proxy = await startEcho();
  proxy.hangUp();
  const { socket, received } = await connect(proxy);
  const closed = once(socket, 'close');
  socket.write('hello');
  await closed;
  expect(received()).toBe('');
});
