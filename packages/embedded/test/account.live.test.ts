import { chmod, stat, unlink } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../src/index.ts';
import { query, startInProcess, temporaryDataDir } from './support.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const wrapper = ['sh', fileURLToPath(new URL('./without-namespaces.sh', import.meta.url))];
const hasNamespaces = isRoot && spawnSync('unshare', ['--user', '--', 'true']).status === 0;

describe.runIf(hasNamespaces)('as root where user namespaces are allowed', () => {
  test('runs below a directory that only root may enter, and changes no owner', async () => {
    const dataDir = await temporaryDataDir();
    expect((await stat(dirname(dataDir))).mode & 0o777).toBe(0o700);
    const { url } = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, 'cluster'))).uid).toBe(0);
  });
});

describe.runIf(hasNamespaces)('as root where user namespaces are forbidden', () => {
  test('runs as an unprivileged account, and stays in its hands', async () => {
    const dataDir = await temporaryDataDir();
    await chmod(dirname(dataDir), 0o755);
    const { code, output } = await startInProcess(dataDir, { wrapper }).result;
    expect(code, output).toBe(0);
    const { url } = JSON.parse(output) as EmbeddedPostgres;
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const { uid } = await stat(join(dataDir, 'cluster'));
    expect(uid).not.toBe(0);

    // Later, where namespaces are allowed, it goes on as whom it belongs to.
    expect((await findEmbeddedPostgres(dataDir))?.url).toBe(url);
    expect(await stopEmbeddedPostgres({ dataDir })).toBe('stopped');
    expect(await startEmbeddedPostgres({ dataDir })).toMatchObject({ startedHere: true, url });
    expect((await stat(join(dataDir, 'cluster', 'postmaster.pid'))).uid).toBe(uid);
  });

  test('says what to do when no unprivileged account can reach the directory', async () => {
    const dataDir = await temporaryDataDir();
    const { code, output } = await startInProcess(dataDir, { wrapper }).result;
    expect(code).toBe(1);
    expect(output).toContain("code: 'no_account'");
    expect(output).toMatch(/cannot reach .*chmod o\+x/su);
  });

  test('takes a data directory over that root has made where namespaces were allowed', async () => {
    const dataDir = await temporaryDataDir();
    await chmod(dirname(dataDir), 0o755);
    await startEmbeddedPostgres({ dataDir, tuning: 'test' });
    await stopEmbeddedPostgres({ dataDir });
    await unlink(join(dataDir, 'port'));
    const { code, output } = await startInProcess(dataDir, { wrapper }).result;
    expect(code, output).toBe(0);
    expect((await stat(join(dataDir, 'cluster'))).uid).not.toBe(0);
  });
});
