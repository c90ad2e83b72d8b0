import type { Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';
import type { SourceEntry } from './sources-file.ts';

/** Reads the secrets that sign a source's webhooks from where its entry says that they stand; what is wrong is told to `problem`. */
export function webhookSecrets(
  entry: Pick<SourceEntry, 'webhook_secret_env' | 'webhook_secret_file'>,
  environment: Environment,
  problem: (text: string) => void,
): Secret[] {
  const found: Secret[] = [];
  for (const name of [entry.webhook_secret_env ?? []].flat()) {
    const value = environment.value(name);
    if (value === null) problem(`the environment variable ${name}, named by webhook_secret_env, is not set`);
    else found.push(secret(value));
  }
  for (const path of [entry.webhook_secret_file ?? []].flat()) {
    const content = environment.file(path);
    if (content === null) problem(`webhook_secret_file "${path}" cannot be read or is empty`);
    else found.push(secret(content));
  }
  return found;
}
