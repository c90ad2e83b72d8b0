import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A small HTTP proxy on 127.0.0.1, for tests: CONNECT, and forwarding of http:// addresses. */
export interface HttpProxy extends AsyncDisposable {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  /** What it was asked for, in order: `CONNECT host:port`, or the method and the whole address. */
  readonly asked: string[];
  /** The header that credentials come in, of each of them; null for none. */
  readonly authorizations: (string | null)[];
}

/**
 * Starts one. Every name leads to 127.0.0.1, so that a test can ask for hosts that there are not: who sees an answer
 * has come by the proxy.
 * @param options.refuseWith it answers everything with this status and connects nobody, e.g. 407.
 */
export async function startHttpProxy(options: { refuseWith?: number } = {}): Promise<HttpProxy> {
  const asked: string[] = [];
  const authorizations: (string | null)[] = [];
  const sockets = new Set<Socket>();
  const note = (request: IncomingMessage, what: string): void => {
    asked.push(what);
    authorizations.push(request.headers['proxy-authorization'] ?? null);
  };
  const server = createServer((request, response) => {
    note(request, `${request.method} ${request.url}`);
    if (options.refuseWith !== undefined) {
      response.writeHead(options.refuseWith).end('refused by the proxy');
      return;
    }
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = forward(
      { host: '127.0.0.1', port: url.port, path: `${url.pathname}${url.search}`, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    note(request, `CONNECT ${request.url}`);
    client.on('error', () => {});
    if (options.refuseWith !== undefined) {
      client.end(`HTTP/1.1 ${options.refuseWith} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(client);
      client.pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => client.destroy());
    onward.on('close', () => sockets.delete(onward));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
