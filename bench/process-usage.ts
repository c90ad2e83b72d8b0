import { readdir, readFile } from 'node:fs/promises';

/** What a process has used so far, as the kernel accounts for it (Linux). */
export interface Usage {
  readonly cpuSecs: number;
  /** Resident memory at its highest, MiB. */
  readonly peakMib: number;
}

/** Clock ticks a second in /proc/PID/stat; 100 on every Linux that Node runs on. */
const ticksPerSec = 100;

/** Reads one process; null when it is gone. CPU time of children that have ended and been waited for is included. */
export async function readUsage(pid: number): Promise<Usage | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and parentheses: the fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    return { cpuSecs: ticks / ticksPerSec, peakMib: peakKib / 1024 };
  } catch {
    return null;
  }
}

/**
 * Processor time of the processes that this one started and that have ended, exact to the tick: the last reading of a
 * process that still runs misses what comes after.
 */
export async function readEndedChildrenSecs(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSec;
}

/**
 * Reads a process and everything below it: for a server that forks a process a connection. CPU adds up; the peak is the
 * largest single one.
 */
export async function readTreeUsage(rootPid: number): Promise<Usage> {
  const pids = [rootPid, ...(await childrenOf(rootPid))];
  const usages = (await Promise.all(pids.map((pid) => readUsage(pid)))).filter((usage) => usage !== null);
  return {
    cpuSecs: usages.reduce((sum, usage) => sum + usage.cpuSecs, 0),
    peakMib: Math.max(...usages.map((usage) => usage.peakMib)),
  };
}

async function childrenOf(rootPid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children: number[] = [];
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === rootPid) children.push(Number(pid));
  }
  return children;
}
