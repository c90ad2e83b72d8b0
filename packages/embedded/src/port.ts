import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A port of the loopback address that is free now: `preferred` if it is, so that a BI tool's saved connection outlives
 * a restart. New ones come from below the ranges that systems draw outgoing connections from (32768 up on Linux, 49152
 * elsewhere), else a passing connection could hold the port while the server is down.
 */
export async function choosePort(preferred: number | null): Promise<number> {
  if (preferred !== null && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) return port;
  }
  return await listenOn(0).then(async ({ port, close }) => (await close(), port));
}

async function isFree(port: number): Promise<boolean> {
  try {
    const { close } = await listenOn(port);
    await close();
    return true;
  } catch {
    return false;
  }
}

async function listenOn(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  const address = server.address();
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: typeof address === 'object' && address ? address.port : port, close };
}
