import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy on 127.0.0.1 that can stop forwarding while its connections stay open, as a network does that loses a
 * route, and that can cut them.
 */
export interface Proxy {
  readonly port: number;
  /**
   * Every connection that stands now swallows what it is sent, both ways and for ever; new ones work. Returns how many.
   */
  swallow(): number;
  /** All connections, new ones too, keep back what they are sent, until `flow`. */
  stall(): void;
  flow(): void;
  /** Ends every connection that stands now, in order or by a reset; new ones work. Returns how many. */
  cut(how: 'end' | 'reset'): number;
  /** From now on takes connections and ends each one when it is first sent something. */
  hangUp(): void;
  /** Connections that are open. */
  open(): number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isSwallowing: boolean;
}

/** Starts a proxy in front of a local port, on a free port of its own. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let isStalled = false;
  let isHangingUp = false;

  const listener = createServer({ noDelay: true }, (client) => {
    const server = createConnection({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server, isSwallowing: false };
    pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        if (isHangingUp && from === client) client.end();
        else if (!pair.isSwallowing) to.write(chunk);
      });
      // The end of one side is told to the other, unless the network has forgotten both.
      from.on('error', () => undefined);
      from.on('close', (hadError) => {
        pairs.delete(pair);
        if (pair.isSwallowing) return;
        if (hadError) to.resetAndDestroy();
        else to.end();
      });
      if (isStalled) from.pause();
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const each = (act: (socket: Socket) => void): void => {
    for (const { client, server } of pairs) for (const socket of [client, server]) act(socket);
  };
  return {
    port: address.port,
    swallow() {
      for (const pair of pairs) pair.isSwallowing = true;
      return pairs.size;
    },
    stall() {
      isStalled = true;
      each((socket) => socket.pause());
    },
    flow() {
      isStalled = false;
      each((socket) => socket.resume());
    },
    cut(how) {
      const cut = [...pairs];
      for (const { client } of cut) {
        if (how === 'end') client.end();
        else client.resetAndDestroy();
      }
      return cut.length;
    },
    hangUp() {
      isHangingUp = true;
    },
    open: () => pairs.size,
    async close() {
      each((socket) => socket.destroy());
      listener.close();
      await once(listener, 'close');
    },
  };
}
