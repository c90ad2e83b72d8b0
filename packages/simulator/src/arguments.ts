import { parseArgs } from 'node:util';
import { defaultApiKey, type SimulatorOptions } from './server/settings.ts';
import type { Fault } from './server/faults.ts';

/** What the command line asks for. */
export interface CommandLine {
  readonly options: SimulatorOptions;
  readonly faults: readonly Fault[];
  readonly arrivalsPerMinute: number;
  /** Null: no webhooks are sent. */
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly showsHelp: boolean;
}

/** The text of `--help`. */
export const helpText = `Usage: pnpm simulator [options]

Serves the conversations API with seeded conversations and prints
its address as one line of JSON when it is ready. SIGTERM or SIGINT ends it.

  --port <n>            port; 0 takes a free one                       (0)
  --host <address>      address to listen on; 0.0.0.0 in a container   (127.0.0.1)
  --count <n>           conversations at first                         (1000)
  --seed <n|word>       same seed, same conversations                  (1)
  --key <text>          API key asked for; an empty text asks for none (${defaultApiKey})
  --agents <n>          agents                                         (6)
  --turns <n>           mean number of turns of a conversation         (20)
  --chats               plain chats only: no telephone, no tools
  --start <secs>        first call start, Unix seconds                 (30 days before --end)
  --end <secs>          last call start, Unix seconds                  (now)
  --in-flight <n>       requests in flight before a 429                (no limit)
  --per-second <n>      requests a second before a 429                 (no limit)
  --latency <ms>        time before each answer: 20, or 10-50 for a range (0)
  --gzip <level>        0 stores, 1 to 9 compress, "off" never         (1)
  --remember <n>        details kept ready to be sent again            (0)
  --arrivals <n>        new calls a minute                             (0)
  --webhook-url <url>   where a post-call webhook is sent for each of them  (nowhere)
  --webhook-secret <t>  the secret that signs it
  --faults <json>       a list of faults, see the Fault type
  --voiceable-rows <w>  documented, observed or mixed                  (documented)
  --help                this text
`;

const whole = (name: string, text: string): number => {
  if (!/^\d+$/.test(text)) throw new RangeError(`--${name} needs a whole number, not "${text}".`);
  return Number(text);
};

function latencyOf(text: string): NonNullable<SimulatorOptions['latencyMs']> {
  const range = /^(\d+)-(\d+)$/.exec(text);
  return range === null ? whole('latency', text) : { minMs: Number(range[1]), maxMs: Number(range[2]) };
}

function faultsOf(text: string): readonly Fault[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (!Array.isArray(value)) throw new RangeError('--faults needs a JSON array of faults.');
  return value;
}

function rowsOf(text: string): NonNullable<SimulatorOptions['voiceableRows']> {
  if (text === 'documented' || text === 'observed' || text === 'mixed') return text;
  throw new RangeError(`--voiceable-rows needs documented, observed or mixed, not "${text}".`);
}

function webhookOf(url: string | undefined, secret: string | undefined): CommandLine['webhook'] {
  if (url === undefined && secret === undefined) return null;
  if (url === undefined || secret === undefined || !URL.canParse(url))
    throw new RangeError('--webhook-url needs a URL, and --webhook-secret beside it.');
  return { url, secret };
}

/** Reads the arguments. Throws RangeError or TypeError with a sentence for the user when one is wrong. */
export function readArguments(args: readonly string[]): CommandLine {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: text,
      host: text,
      count: text,
      seed: text,
      key: text,
      agents: text,
      turns: text,
      start: text,
      end: text,
      'in-flight': text,
      'per-second': text,
      latency: text,
      gzip: text,
      remember: text,
      arrivals: text,
      'webhook-url': text,
      'webhook-secret': text,
      faults: text,
      'voiceable-rows': text,
      chats: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const given = <T>(
    name: Exclude<keyof typeof values, 'help' | 'chats'>,
    read: (value: string) => T,
  ): T | undefined => {
    const value = values[name];
    return value === undefined ? undefined : read(value);
  };
  const number = (name: Exclude<keyof typeof values, 'help' | 'chats'>) => given(name, (value) => whole(name, value));
  const found = {
    port: number('port'),
    host: given('host', (value) => value),
    conversationCount: number('count'),
    seed: given('seed', (value) => (/^\d+$/.test(value) ? Number(value) : value)),
    apiKey: given('key', (value) => (value === '' ? null : value)),
    agentCount: number('agents'),
    turnsPerConversation: number('turns'),
    startUnixSecs: number('start'),
    endUnixSecs: number('end'),
    requestsInFlightMax: number('in-flight'),
    requestsPerSecondMax: number('per-second'),
    latencyMs: given('latency', latencyOf),
    gzipLevel: given('gzip', (value) => (value === 'off' ? null : whole('gzip', value))),
    hasOnlyChats: values.chats,
    rememberedMax: number('remember'),
    voiceableRows: given('voiceable-rows', rowsOf),
  };
  const options = Object.fromEntries(
    Object.entries(found).filter(([, value]) => value !== undefined),
  ) as SimulatorOptions;
  return {
    options,
    faults: given('faults', faultsOf) ?? [],
    arrivalsPerMinute: number('arrivals') ?? 0,
    webhook: webhookOf(values['webhook-url'], values['webhook-secret']),
    showsHelp: values.help ?? false,
  };
}
