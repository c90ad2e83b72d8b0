import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresFailure } from './failure.ts';
import { roleName, type Layout } from './layout.ts';

/** 192 random bits, in characters that need no escaping in a URL or a password file. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** A line of libpq's password file that fits every address of this server: `psql` reads it through PGPASSFILE. */
export function passwordFileText(password: string): string {
  return `*:*:*:${roleName}:${password}\n`;
}

export async function readPassword(layout: Layout): Promise<string> {
  try {
    const text = await readFile(layout.passwordFile, 'utf8');
    return text.trim().split(':').slice(4).join(':');
  } catch (cause) {
    throw new EmbeddedPostgresFailure(
      'password_rejected',
      `The password of the embedded Postgres cannot be read from ${layout.passwordFile}. ` +
        'Use the account that started it, or set DATABASE_URL.',
      { cause },
    );
  }
}
