import { createHmac } from 'node:crypto';
import { parsePath, redactionActions, redactionGroups, type RedactionRule } from '@voxport/domain';
import { z } from 'zod';
import type { Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';

/** What a source stores of what it is told. */
export interface RedactSettings {
  /** In their order; headers are redacted without any. */
  readonly rules: readonly RedactionRule[];
  /** For `hash`, and for the audit of erasures; null when none is configured. */
  readonly key: Secret | null;
}

/** A key that is shorter could be guessed. */
const keyLengthMin = 16;
const names = z.array(z.string().min(1)).min(1);

const ruleEntry = z.strictObject({
  action: z.enum(redactionActions, `must be one of ${redactionActions.join(', ')}`),
  fields: z
    .array(z.enum(redactionGroups, `must be of ${redactionGroups.join(', ')}`))
    .min(1)
    .optional(),
  variables: names.optional(),
  path: z.string().optional(),
  paths: names.optional(),
});

/** `redact` of a source, as it stands in the file of `VOXPORT_CONFIG`. */
export const redactEntry = z.strictObject({
  key_env: z.string().optional(),
  key_file: z.string().optional(),
  rules: z.array(ruleEntry).default([]),
});
export type RedactEntry = z.output<typeof redactEntry>;

/** Reads `redact` of a source; what is wrong is told to `problem`, each with its place. */
export function redactSettings(
  entry: RedactEntry | undefined,
  environment: Environment,
  problem: (text: string) => void,
): RedactSettings {
  if (entry === undefined) return { rules: [], key: null };
  const rules = entry.rules.map((rule, index) => {
    const where = `redact.rules[${index}]`;
    const paths = [...(rule.path === undefined ? [] : [rule.path]), ...(rule.paths ?? [])];
    for (const path of paths) {
      const read = parsePath(path);
      if (typeof read === 'string') problem(`${where}: the path "${path}" cannot be read: ${read}`);
      else if (['conversation_id', '$.conversation_id'].includes(path) && rule.action !== 'keep')
        problem(`${where}: conversation_id identifies the conversation and cannot be redacted`);
    }
    if (paths.length === 0 && rule.fields === undefined && rule.variables === undefined)
      problem(`${where} names nothing: give fields (${redactionGroups.join(', ')}), variables (names) or path`);
    return { action: rule.action, fields: rule.fields ?? [], variables: rule.variables ?? [], paths };
  });
  const key = redactKey(entry, environment, problem);
  const hashing = rules.findIndex(({ action }) => action === 'hash');
  if (hashing !== -1 && entry.key_env === undefined && entry.key_file === undefined) {
    problem(
      `redact.rules[${hashing}] hashes and needs a key: name it by redact.key_env or redact.key_file (without a key anybody could try all telephone numbers)`,
    );
  }
  return { rules, key };
}

function redactKey(entry: RedactEntry, environment: Environment, problem: (text: string) => void): Secret | null {
  const { key_env: name, key_file: path } = entry;
  if (name !== undefined && path !== undefined) {
    problem('redact: give key_env or key_file, not both');
    return null;
  }
  if (name === undefined && path === undefined) return null;
  const key = name === undefined ? environment.file(path ?? '') : environment.value(name);
  if (key === null) {
    problem(
      name === undefined
        ? `redact.key_file "${path}" cannot be read or is empty`
        : `the environment variable ${name}, named by redact.key_env, is not set`,
    );
    return null;
  }
  if (key.length < keyLengthMin)
    problem(
      `the key that redact.${name === undefined ? 'key_file' : 'key_env'} names has ${key.length} characters; it needs ${keyLengthMin} (e.g. openssl rand -hex 32)`,
    );
  return secret(key);
}

/** The keyed digest of `redact`, HMAC-SHA256 in hex; null without a key. */
export function redactHash({ key }: RedactSettings): ((text: string) => string) | null {
  return key === null ? null : (text) => createHmac('sha256', key.reveal()).update(text).digest('hex');
}
