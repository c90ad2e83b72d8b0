import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { choosePort } from './port.ts';

test('draws a port from below the range of outgoing connections', async () => {
  const port = await choosePort(null);
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(30_000);
});

test('keeps the preferred port when it is free, and takes another when it is not', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await choosePort(port)).not.toBe(port);
  server.close();
  await once(server, 'close');
  expect(await choosePort(port)).toBe(port);
});
