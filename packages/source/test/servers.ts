import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';

/** A server on a free loopback port that is gone, sockets included, when its scope ends. */
export interface LoopbackServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Sockets accepted so far. */
  readonly connections: () => number;
}

export interface ScriptedServer extends LoopbackServer {
  /** The requests received so far, in order. */
  readonly requests: readonly IncomingMessage[];
}

/** An HTTP server whose n-th request (from 0) is answered by `answer`. */
export async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse, index: number) => void,
): Promise<ScriptedServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length - 1);
  });
  return { ...(await listen(server)), requests };
}

/**
 * A raw TCP server: `onRequest` is called with the socket each time a whole request head has come, n-th over all
 * sockets.
 */
export async function startSocketServer(onRequest: (socket: Socket, index: number) => void): Promise<LoopbackServer> {
  let index = 0;
  const server = createSocketServer((socket) => {
    let head = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      head += data.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      head = '';
      onRequest(socket, index++);
    });
  });
  return listen(server);
}

/** A loopback port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(json));
}

async function listen(server: Server): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => accepted,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
