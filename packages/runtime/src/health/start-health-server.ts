import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TerminalFailure } from '@voxport/domain';
import { answerHealth } from './answer-health.ts';
import type { Health } from './health.ts';

const text = { contentType: 'text/plain; charset=utf-8' };

/** Where a process listens for health checks and scrapes. */
export interface HealthListener {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics` of a process; nothing else, and nothing that changes anything.
 * @throws TerminalFailure that names the setting when the address cannot be listened on.
 */
export async function startHealthServer(
  { host, port }: HealthListener,
  health: Health,
): Promise<{ readonly url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await answer(request.method ?? '', request.url ?? '').catch(
      (error: unknown) => ({ ...text, status: 500, body: `${String(error)}\n` }),
    );
    response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async function answer(method: string, url: string) {
    if (method !== 'GET' && method !== 'HEAD') return { ...text, status: 405, body: 'GET only\n' };
    const found = await answerHealth(health, url.split('?', 1)[0] ?? '');
    return found ?? { ...text, status: 404, body: 'There are /healthz, /readyz and /metrics.\n' };
  }

  // A scraper that never ends its request must not keep a socket.
  server.requestTimeout = 10_000;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new TerminalFailure(
      'invalid_request',
      `VOXPORT_HEALTH_PORT: ${host}:${port} cannot be listened on (${error instanceof Error ? error.message : String(error)}). Choose another port, or leave it empty.`,
      { cause: error },
    );
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
