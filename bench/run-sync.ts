import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { readEndedChildrenSecs, readTreeUsage, readUsage, type Usage } from './process-usage.ts';
import { startVoxport, type BenchServer } from './servers.ts';

/** What `voxport sync` reports, and what it and its Postgres needed. */
export interface SyncRun {
  readonly result: {
    readonly loaded: number;
    readonly fetched: number;
    readonly pages: number;
    readonly failed: number;
    readonly duration_ms: number;
  };
  readonly voxport: Usage;
  readonly postgresCpuSecs: number;
}

const sampleEveryMs = 250;

/** Makes a database ready, runs `voxport sync` on it in a process of its own, and reads from outside what it needs. */
export async function runSync(options: {
  readonly settings: Readonly<Record<string, string>>;
  readonly postgres: BenchServer;
  /** Flags of Node. */
  readonly flags?: readonly string[];
}): Promise<SyncRun> {
  const { settings, postgres, flags = [] } = options;
  const migrated = startVoxport(['services/cli/src/main.ts', 'migrate'], settings);
  migrated.stdout!.resume();
  await once(migrated, 'exit');
  const before = await readTreeUsage(postgres.pid);
  const endedSecs = await readEndedChildrenSecs();
  const sync = startVoxport([...flags, 'services/cli/src/main.ts', 'sync', '--json'], settings);
  let peakMib = 0;
  // A process that has ended and was not waited for yet has no memory any more.
  const keep = (usage: Usage | null): void => {
    peakMib = Math.max(peakMib, usage?.peakMib ?? 0);
  };
  const sampler = setInterval(() => void readUsage(sync.pid!).then(keep), sampleEveryMs);
  const [answer] = await Promise.all([text(sync.stdout!), once(sync, 'exit')]);
  clearInterval(sampler);
  const after = await readTreeUsage(postgres.pid);
  return {
    result: JSON.parse(answer) as SyncRun['result'],
    voxport: { cpuSecs: (await readEndedChildrenSecs()) - endedSecs, peakMib },
    postgresCpuSecs: after.cpuSecs - before.cpuSecs,
  };
}
