import { execFile } from 'node:child_process';
import { appendFile, chown, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

const execute = promisify(execFile);
const fullMs = 8000;
const ballastChunk = Buffer.alloc(256 * 1024);

async function mount(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await execute('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory]);
}

/** A disk of its own needs the right to mount one. */
async function whyNoDisk({ directory }: Stage): Promise<string | null> {
  const probe = join(directory, 'probe');
  try {
    await mount(probe);
    await execute('umount', [probe]);
    return null;
  } catch {
    return 'a small disk cannot be mounted here: it takes root on Linux, and the right to mount';
  }
}

/** Moves the raw payloads to a small disk of their own, fills it up while payloads land, and makes room again. */
async function fillDisk(stage: Stage): Promise<void> {
  const disk = join(stage.directory, 'disk');
  const place = join(disk, 'tablespace');
  const tablespace = `small_${stage.random.int(0, 1e9)}`;
  const ballast = join(disk, 'ballast');
  await mount(disk);
  try {
    await mkdir(place);
    const { uid, gid } = await stat(stage.postgres.clusterDirectory);
    await chown(place, uid, gid);
    await stage.query(`create tablespace ${tablespace} location '${place}'`);
    await stage.query(`alter table voxport_raw.payloads set tablespace ${tablespace}`);
    await stage.fleet.startAll();
    await stage.planWork();
    await stage.workIsUnderWay();
    const isFull = async (): Promise<boolean> =>
      appendFile(ballast, ballastChunk).then(
        () => false,
        () => true,
      );
    while (!(await isFull()));
    await sleep(fullMs, undefined, { signal: stage.signal });
    await rm(ballast);
  } finally {
    await rm(ballast, { force: true });
    await stage.query('alter table voxport_raw.payloads set tablespace pg_default').catch(() => []);
    await stage.query(`drop tablespace if exists ${tablespace}`).catch(() => []);
    await execute('umount', ['--lazy', disk]).catch(() => undefined);
  }
}

/** What happens to disks. */
export const diskFaults: readonly Fault[] = [
  {
    name: 'postgres-disk-full',
    what: `the disk of the raw payloads is full for ${fullMs / 1000} s`,
    moment: 'before_start',
    whyNot: whyNoDisk,
    play: fillDisk,
  },
];
