import type { Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';
import type { SourceEntry } from './sources-file.ts';

/** The vendor's have more than 60 characters. */
const secretLengthMin = 16;

/** Why a webhook's secret is refused; null where it is not. Tells nothing of it but its length. */
export function weakSecret(value: string): string | null {
  return value.length >= secretLengthMin
    ? null
    : `holds a webhook secret of ${value.length} characters; with fewer than ${secretLengthMin} it could be guessed`;
}

/**
 * Reads the secrets that sign a source's webhooks from where its entry says that they stand; what is wrong is told to
 * `problem`.
 */
export function webhookSecrets(
  entry: Pick<SourceEntry, 'webhook_secret_env' | 'webhook_secret_file'>,
  environment: Environment,
  problem: (text: string) => void,
): Secret[] {
  const found: Secret[] = [];
  const take = (value: string, where: string): void => {
    const weak = weakSecret(value);
    if (weak !== null) problem(`${where} ${weak}`);
    found.push(secret(value));
  };
  for (const name of [entry.webhook_secret_env ?? []].flat()) {
    const value = environment.value(name);
    if (value === null) problem(`the environment variable ${name}, named by webhook_secret_env, is not set`);
    else take(value, `the environment variable ${name}`);
  }
  for (const path of [entry.webhook_secret_file ?? []].flat()) {
    const content = environment.file(path);
    if (content === null) problem(`webhook_secret_file "${path}" cannot be read or is empty`);
    else take(content, `webhook_secret_file "${path}"`);
  }
  return found;
}
