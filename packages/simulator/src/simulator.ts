import { once } from 'node:events';
import { makeRandom, mix } from './random.ts';
import { makeFaultScript, type Fault } from './server/faults.ts';
import { makeLimiter } from './server/limiter.ts';
import { makeMemory } from './server/remember.ts';
import { makeServer } from './server/server.ts';
import { defaultApiKey, type Limits, type Settings, type SimulatorOptions } from './server/settings.ts';
import { makeStatsKeeper, type SimulatorStats } from './server/stats.ts';
import { makeUniverse, seedNumber, type Universe } from './universe.ts';
import { sendSigned, webhookBody, type WebhookContent, type WebhookTarget } from './webhooks/webhook.ts';

/** A running simulator: the conversations of a universe behind the API's own endpoints. */
export interface Simulator extends Omit<Universe, 'world'> {
  /** `http://127.0.0.1:<port>`: ElevenLabs' base URL. */
  readonly url: string;
  /** The proxy's base URL, its prefix included. */
  readonly voiceableUrl: string;
  readonly port: number;
  readonly apiKey: string | null;
  /** Replaces the limits that are named; the others stay. */
  setLimits(limits: Partial<Limits>): void;
  /** Replaces the whole script of faults; an empty list ends all faults. Cursors that a fault expired stay expired. */
  setFaults(faults: readonly Fault[]): void;
  stats(): SimulatorStats;
  resetStats(): void;
  /** Lets calls arrive at a steady rate until the returned function is called. */
  startArrivals(options: {
    readonly perMinute: number;
    readonly onArrival?: (conversationIds: readonly string[]) => void;
  }): () => void;
  /**
   * Sends a post-call webhook, signed as the vendor signs it; resolves with the status of the answer. Throws RangeError
   * for an unknown conversation.
   */
  sendWebhook(content: WebhookContent, target: WebhookTarget): Promise<number>;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function settingsOf(options: SimulatorOptions): Settings {
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    apiKey: options.apiKey === undefined ? defaultApiKey : options.apiKey,
    timeBounds: options.timeBounds ?? 'inclusive',
    gzipLevel: options.gzipLevel === undefined ? 1 : options.gzipLevel,
    cursorLifetimeMs: options.cursorLifetimeMs ?? Number.POSITIVE_INFINITY,
    errorForm: options.errorForm ?? 'present',
    voiceablePrefix: options.voiceablePrefix ?? '/voiceable-api',
    voiceableRows: options.voiceableRows ?? 'documented',
    voiceableLastCursor: options.voiceableLastCursor ?? true,
    countsDetailRequests: options.countsDetailRequests ?? false,
    rememberedMax: options.rememberedMax ?? 0,
    seed: seedNumber(options.seed),
    requestsInFlightMax: options.requestsInFlightMax ?? null,
    requestsPerSecondMax: options.requestsPerSecondMax ?? null,
    latencyMs: options.latencyMs ?? 0,
  };
}

/**
 * Starts a simulator, on 127.0.0.1 unless told otherwise. Rejects when the port is taken; throws RangeError for
 * settings that make no sense.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = settingsOf(options);
  const universe = makeUniverse(options);
  const { world } = universe;
  const limiter = makeLimiter(settings, makeRandom(mix(settings.seed, 0x1a7)), () => performance.now());
  const stats = makeStatsKeeper();
  let faults = makeFaultScript([], settings.seed, world.nowMs);
  let cursorsValidFrom = 0;
  let cursorSerial = 0;
  const server = makeServer({
    world,
    settings,
    limiter,
    stats,
    memory: makeMemory(settings.rememberedMax, settings.gzipLevel),
    indexOf: (conversationId) => universe.indexOf(conversationId),
    faults: () => faults,
    cursorSerial: () => (cursorSerial += 1),
    cursorsValidFrom: () => cursorsValidFrom,
    expireCursors: () => {
      cursorsValidFrom = cursorSerial + 1;
    },
  });
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  // By whichever address it listens on; all of them are reached by the loopback one of their kind.
  const host = settings.host.includes(':') ? '[::1]' : '127.0.0.1';
  const url = `http://${host}:${address.port}`;

  const arrivals = new Set<NodeJS.Timeout>();
  const close = async () => {
    for (const timer of arrivals) clearInterval(timer);
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const { world: _, ...conversations } = universe;
  return {
    ...conversations,
    url,
    voiceableUrl: url + settings.voiceablePrefix,
    port: address.port,
    apiKey: settings.apiKey,
    setLimits: (limits) => limiter.set(limits),
    setFaults: (script) => {
      faults = makeFaultScript(script, settings.seed, world.nowMs);
    },
    stats: () => ({
      ...stats.read(),
      inFlight: limiter.inFlight(),
      inFlightMax: limiter.inFlightMax(),
      faultsPlayed: faults.played(),
    }),
    resetStats: () => {
      stats.reset();
      limiter.reset();
    },
    sendWebhook: async (content, target) => {
      const body = webhookBody(universe, content, target.eventUnixSecs ?? Math.floor(world.nowMs() / 1000));
      if (body === null) throw new RangeError(`There is no conversation ${content.conversationId}.`);
      return sendSigned(body, target);
    },
    startArrivals: ({ perMinute, onArrival }) => {
      const arrive = (): void => {
        const conversationIds = universe.addConversations(1);
        onArrival?.(conversationIds);
      };
      const timer = setInterval(arrive, 60_000 / perMinute);
      timer.unref();
      arrivals.add(timer);
      return () => {
        clearInterval(timer);
        arrivals.delete(timer);
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
