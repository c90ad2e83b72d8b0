import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
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

/** What Docker leaves root unless told otherwise. */
const dockerCapabilities = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'];
const container = (capabilities: readonly string[]) => ({
  wrapper: ['sh', fileURLToPath(new URL('in-container.sh', import.meta.url))],
  env: { CAPABILITIES: capabilities.map((name) => `+${name}`).join(',') },
});
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const hasNamespaces = isRoot && spawnSync('unshare', ['--user', '--', 'true']).status === 0;

const ownerOf = async (dataDir: string): Promise<number> => (await stat(join(dataDir, 'cluster'))).uid;

describe.runIf(hasNamespaces)('as root where user namespaces are allowed', () => {
  test('runs below a directory that only root may enter, and changes no owner', async () => {
    const dataDir = await temporaryDataDir();
    expect((await stat(dirname(dataDir))).mode & 0o777).toBe(0o700);
    const { url } = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await ownerOf(dataDir)).toBe(0);
  });
});

describe.runIf(hasNamespaces)('as root of a container, where user namespaces are forbidden', () => {
  test('runs as an unprivileged account, also below a directory that only root may enter, and stays in its hands', async () => {
    const dataDir = await temporaryDataDir();
    expect((await stat(dirname(dataDir))).mode & 0o777).toBe(0o700);
    const { code, output } = await startInProcess(dataDir, container(dockerCapabilities)).result;
    expect(code, output).toBe(0);
    const { url } = JSON.parse(output) as EmbeddedPostgres;
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const owner = await ownerOf(dataDir);
    expect(owner).not.toBe(0);
    const pid = Number.parseInt(await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10);
    expect((await stat(`/proc/${pid}`)).uid).toBe(owner);

    // Later, where namespaces are allowed, it continues as whom it belongs to.
    expect((await findEmbeddedPostgres(dataDir))?.url).toBe(url);
    expect(await stopEmbeddedPostgres({ dataDir })).toBe('stopped');
    expect(await startEmbeddedPostgres({ dataDir })).toMatchObject({ startedHere: true, url });
    expect((await stat(join(dataDir, 'cluster', 'postmaster.pid'))).uid).toBe(owner);
  });

  test('takes a data directory over that root has made where namespaces were allowed', async () => {
    const dataDir = await temporaryDataDir();
    const { url } = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
    await query(url, 'create table kept as select 42 as answer');
    await stopEmbeddedPostgres({ dataDir });
    const { code, output } = await startInProcess(dataDir, container(dockerCapabilities)).result;
    expect(code, output).toBe(0);
    expect(await ownerOf(dataDir)).not.toBe(0);
    expect(await query(url, 'table kept')).toEqual([{ answer: 42 }]);
  });

  test('says what to do when no unprivileged account can get to the directory', async () => {
    const dataDir = await temporaryDataDir();
    const fewer = dockerCapabilities.filter((name) => name !== 'setpcap' && name !== 'dac_override');
    const { code, output } = await startInProcess(dataDir, container(fewer)).result;
    expect(code).toBe(1);
    expect(output).toContain("code: 'no_account'");
    expect(output).toMatch(/cannot reach .*chmod o\+x/su);
  });
});
