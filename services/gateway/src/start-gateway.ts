import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { TerminalFailure } from '@voxport/domain';
import type { HttpConfig, ServiceContext } from '@voxport/runtime';
import { takeSamples } from '@voxport/warehouse';
import { makeOneTimeCodes } from './auth/one-time-codes.ts';
import { makeSessions } from './auth/session.ts';
import { makeServer } from './make-server.ts';
import { readAssets } from './page/read-assets.ts';
import { sampleRegularly } from './sample-regularly.ts';
import { openSpoolFile } from './webhooks/spool-body.ts';
import { startWebhooks } from './webhooks/start-webhooks.ts';

export interface GatewayOptions extends Omit<HttpConfig, 'port'> {
  readonly port: number;
  /** Tells a person how to log in, where no token is configured. Not a log: the URL is a key. */
  readonly note: (text: string) => void;
}

/** A gateway that answers. */
export interface Gateway {
  /** The address that it listens on. */
  readonly url: string;
  /** A URL that logs in once. */
  readonly loginUrl: () => string;
  readonly close: () => Promise<void>;
}

/**
 * Starts to answer: webhooks, the operators' page, health and metrics. Without a token one is made up, and a URL that
 * logs in once is told; but only on a loopback address, because a process that other machines reach is run by somebody
 * who is not there to read it.
 * @throws TerminalFailure that names the setting, when the address cannot be listened on, or needs a token.
 */
export async function startGateway(context: ServiceContext, options: GatewayOptions): Promise<Gateway> {
  const { host, operatorToken } = options;
  if (operatorToken === null && !isLoopback(host)) {
    throw new TerminalFailure(
      'invalid_request',
      `VOXPORT_OPERATOR_TOKEN is not set, and VOXPORT_HTTP_HOST ${host} can be reached from elsewhere: set a token of 16 characters or more (openssl rand -hex 32), or listen on 127.0.0.1.`,
    );
  }
  await using opened = new AsyncDisposableStack();
  const sessions = makeSessions(operatorToken?.reveal() ?? randomBytes(32).toString('hex'));
  const codes = makeOneTimeCodes();
  const spoolDirectory = await usableSpool(options.spoolDirectory);
  const webhooks = await startWebhooks(context);
  opened.defer(() => webhooks.close());

  let url = '';
  const server = await makeServer(context, {
    sessions,
    codes,
    assets: await readAssets(),
    publicUrl: options.publicUrl,
    host,
    trustedProxies: options.trustedProxies,
    spoolDirectory,
    webhooksOf: webhooks.of,
    address: () => options.publicUrl ?? url,
  });
  opened.defer(() => server.close());
  await listen(server.app, options, context);
  const { port } = server.app.server.address() as AddressInfo;
  url = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

  opened.use(
    sampleRegularly({
      takeSamples: () => takeSamples(context.database.kysely),
      onError: (error) =>
        context.outages.report({
          store: 'database',
          error,
          logger: context.logger,
          what: 'how the pipeline stands could not be sampled',
        }),
    }),
  );

  const loginUrl = (): string => `${options.publicUrl ?? url}/login?code=${codes.make()}`;
  if (operatorToken === null) options.note(`Operators' page (this URL logs in once): ${loginUrl()}`);
  else context.logger.info({ url: options.publicUrl ?? url }, "the operators' page is up");
  const kept = opened.move();
  return { url, loginUrl, close: () => kept.disposeAsync() };
}

/** The directory for large bodies, made if it is not there; tried now, and not by the first large webhook. */
async function usableSpool(configured: string | null): Promise<string> {
  if (configured === null) return tmpdir();
  try {
    await mkdir(configured, { recursive: true, mode: 0o700 });
    await (await openSpoolFile(configured)).close();
    return configured;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TerminalFailure(
      'invalid_request',
      `VOXPORT_SPOOL_DIR: no file can be written in ${configured} (${code ?? message}). Name a directory on a disk that this account may write to, with 192 MB of room.`,
      { cause: error },
    );
  }
}

interface Listening {
  listen(options: { host: string; port: number }): Promise<string>;
}

async function listen(
  app: Listening,
  { host, port, isPortGiven }: GatewayOptions,
  { logger }: ServiceContext,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && !isPortGiven) {
      logger.warn(
        { port },
        'the default port is taken, by another gateway or a program of somebody else: a free one is used',
      );
      await app.listen({ host, port: 0 });
      return;
    }
    throw new TerminalFailure(
      'invalid_request',
      `VOXPORT_HTTP_PORT: ${host}:${port} cannot be listened on (${code ?? message}). Choose another port, or off to do without the page.`,
      { cause: error },
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/u.test(host);
}
