import { z } from 'zod';
import { dialects, entityNames } from '@voxport/domain';
import { alertsEntry } from './alerts-config.ts';
import { redactEntry } from './redact-config.ts';

const schedule = z.union([z.string(), z.strictObject({ cron: z.string(), timezone: z.string().optional() })]);

const concurrency = z.union([
  z.int().min(1).max(1000),
  z.strictObject({ start: z.int().min(1).max(1000).optional(), max: z.int().min(1).max(1000).optional() }),
]);

const durations = z
  .array(z.string(), 'must be a list of durations such as [1h, 1d, 7d], or [] for never')
  .max(20, 'must have at most 20 entries');

const verify = z.union([
  z.literal('off'),
  z.strictObject({
    every: z.string().default('6h'),
    recent: z.string().default('3d'),
    sample: z.int().min(0).max(100).default(1),
    requests_per_day: z.int().min(1).max(1_000_000).default(2000),
  }),
]);

const audio = z.strictObject({
  directory: z.string().min(1).optional(),
  s3: z
    .strictObject({
      bucket: z.string().min(1),
      prefix: z.string().default(''),
      region: z.string().min(1).optional(),
      endpoint: z.string().min(1).optional(),
      force_path_style: z.boolean('must be true or false').optional(),
      access_key_id_env: z.string().optional(),
      access_key_id_file: z.string().optional(),
      secret_access_key_env: z.string().optional(),
      secret_access_key_file: z.string().optional(),
    })
    .optional(),
  max_size_mb: z.number().positive().max(1_000_000).default(1024),
});

const keep = z.strictObject({
  runs: z.string().default('90d'),
  verifications: z.string().default('400d'),
  webhook_events: z.string().default('30d'),
  failures: z.string().default('90d'),
  raw_history: z.string().optional(),
});

const names = z.array(z.enum(entityNames, `must be some of ${entityNames.join(', ')}`)).min(1);
const entities = z.union([
  z.enum(['all', 'off']),
  names,
  z.strictObject({ names: names.optional(), every: z.string().optional() }),
]);

const webhookSecretNames = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(5)]);

/** One source as it stands in the file of `VOXPORT_CONFIG`. */
export const sourceEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a lower-case name of letters, digits, - and _, at most 40 long'),
  dialect: z.enum(dialects).default('elevenlabs'),
  mode: z.enum(['poll', 'webhook'], 'must be poll or webhook').default('poll'),
  /** Lets a base URL begin with http:// where it is no loopback address: key and transcripts then go unencrypted. */
  allow_http: z.boolean().default(false),
  base_url: z.string().optional(),
  api_key_env: z.string().optional(),
  api_key_file: z.string().optional(),
  filters: z.unknown().optional(),
  schedule: schedule.default('5m'),
  lookback: z.string().default('1d'),
  since: z.union([z.string(), z.date()]).optional(),
  concurrency: concurrency.default({}),
  refresh: durations.default(['1h', '1d', '7d']),
  retention: z.string().default('730d'),
  raw_history: z.enum(['newest', 'changed', 'all'], 'must be newest, changed or all').default('changed'),
  detail: z.enum(['auto', 'always', 'never']).default('auto'),
  keep: keep.prefault({}),
  retry_after_max: z.string().default('15m'),
  mirror_deletions: z.boolean('must be true or false').default(false),
  audio: audio.optional(),
  entities: entities.optional(),
  ca_file: z.string().min(1).optional(),
  check_total_count: z.boolean('must be true or false').default(true),
  check_message_count: z.boolean('must be true or false').default(true),
  verify: verify.prefault({}),
  freshness: z.string().optional(),
  redact: redactEntry.optional(),
  webhook_secret_env: webhookSecretNames.optional(),
  webhook_secret_file: webhookSecretNames.optional(),
});

/** The file of `VOXPORT_CONFIG`. */
export const sourcesFile = z.strictObject({
  sources: z.array(sourceEntry).min(1),
  alerts: alertsEntry.prefault({}),
});

export type SourceEntry = z.output<typeof sourceEntry>;
