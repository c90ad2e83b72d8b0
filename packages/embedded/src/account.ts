import { chown, lchown, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresFailure } from './failure.ts';
import { inNamespace, run, type Account } from './run.ts';
import type { Layout } from './layout.ts';

/** Accounts that most systems have, best first. */
const unprivilegedNames = ['postgres', 'nobody'] as const;

/**
 * Decides as whom the server runs. Postgres refuses user id 0, so root needs another one:
 * whoever owns the cluster already; else a user namespace, in which root is seen as an ordinary user, with nothing to
 * create and nothing to hand over; else, where namespaces are forbidden (most containers), an unprivileged account.
 *
 * @throws EmbeddedPostgresFailure `no_account`
 */
export async function chooseAccount(layout: Layout, binaries: Binaries): Promise<Account> {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const owner = await stat(layout.cluster).catch(() => null);
  if (owner && owner.uid !== 0) {
    const identity = { kind: 'user', name: `with user id ${owner.uid}`, uid: owner.uid, gid: owner.gid } as const;
    const account = await withReach(identity, layout, binaries);
    if (account) return account;
    throw cannotReach([identity.name], layout, binaries);
  }
  if (await canUseNamespace(binaries)) return { kind: 'namespace' };
  return await chooseUnprivileged(layout, binaries);
}

async function canUseNamespace(binaries: Binaries): Promise<boolean> {
  try {
    return (await run({ kind: 'self' }, inNamespace([binaries.postgres, '--version']))).code === 0;
  } catch {
    return false;
  }
}

async function chooseUnprivileged(layout: Layout, binaries: Binaries): Promise<Account> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const identities = unprivilegedNames.flatMap((name) => parseAccount(passwd, name) ?? []);
  if (identities.length === 0) {
    throw new EmbeddedPostgresFailure(
      'no_account',
      'Postgres does not run as root. This system forbids user namespaces and has neither an account "postgres" nor ' +
        '"nobody". Run Voxport as an ordinary user, or set DATABASE_URL to a Postgres server of your own.',
    );
  }
  for (const identity of identities) {
    const account = await withReach(identity, layout, binaries);
    if (account && (await handOver(layout.dataDir, account))) return account;
  }
  const names = identities.map(({ name }) => name);
  throw cannotReach(names, layout, binaries);
}

function cannotReach(names: readonly string[], layout: Layout, binaries: Binaries): EmbeddedPostgresFailure {
  return new EmbeddedPostgresFailure(
    'no_account',
    `Postgres does not run as root, and the account ${names.join(' or ')} cannot reach ${layout.dataDir} and ` +
      `${binaries.postgres}: a directory above denies it access. Let others pass through the directories above ` +
      '(chmod o+x), choose another data directory, run Voxport as an ordinary user, ' +
      'or set DATABASE_URL to a Postgres server of your own.',
  );
}

type Identity = Omit<Extract<Account, { kind: 'user' }>, 'passesDirectories'>;

/** The entry of an account in the text of `/etc/passwd`. */
export function parseAccount(passwd: string, name: string): Identity | null {
  const fields = passwd
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return fields && uid > 0 && gid > 0 ? { kind: 'user', name, uid, gid } : null;
}

/**
 * The account, with no right of its own if it can run the binaries and get to the data directory that way, else with
 * root's right to pass through directories; null when it cannot get there either way.
 */
async function withReach(identity: Identity, layout: Layout, binaries: Binaries): Promise<(Account & Identity) | null> {
  for (const passesDirectories of [false, true]) {
    const account = { ...identity, passesDirectories };
    if (await canReach(account, layout, binaries)) return account;
  }
  return null;
}

/** The data directory's own mode and owner do not matter: they can be changed. */
async function canReach(account: Account, layout: Layout, binaries: Binaries): Promise<boolean> {
  const parent = join(layout.dataDir, '..');
  try {
    const script = '"$1" --version && cd "$2"';
    return (await run(account, ['/bin/sh', '-c', script, 'sh', binaries.postgres, parent])).code === 0;
  } catch {
    return false;
  }
}

/** False where even root may not change owners, as without CAP_CHOWN or on some network file systems. */
async function handOver(directory: string, account: { uid: number; gid: number }): Promise<boolean> {
  try {
    await chown(directory, account.uid, account.gid);
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/** Makes a file that root has written readable for the account the server runs as. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.kind === 'user') await chown(path, account.uid, account.gid);
}
