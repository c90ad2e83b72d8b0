import type { Executor } from '../executor.ts';
import { readRun, readRunsBefore, type RunRow } from '../ops/runs/read-runs.ts';
import { noEndCounts, type RunEndCounts } from '../ops/runs/run-counts.ts';
import { countRun } from '../ops/runs/runs.ts';

/** A run as the operators' page shows it: counted now where it is under way, as it ended where it has ended. */
export interface ListedRun extends RunRow {
  readonly counts: RunEndCounts;
  /** Wanted or landed, and not loaded yet. */
  readonly pending: number;
}

/** Runs under way that are counted at most: each is a statement. */
const countedMax = 8;

/**
 * The runs, those under way first, then the newest; at most `limit` of one page, before run `before` where that is
 * given.
 */
export async function listRuns(
  executor: Executor,
  query: { limit: number; before: number | null },
): Promise<ListedRun[]> {
  const rows = await readRunsBefore(executor, query.before, query.limit);
  const counted = new Set(rows.filter((run) => run.ended === null).slice(0, countedMax));
  const runs: ListedRun[] = [];
  for (const run of rows) {
    runs.push(
      counted.has(run) ? await counts(executor, run) : { ...run, counts: run.ended ?? noEndCounts, pending: 0 },
    );
  }
  return runs;
}

/** One run as the page shows it; null when there is none of that number. */
export async function listRun(executor: Executor, runId: number): Promise<ListedRun | null> {
  const run = await readRun(executor, runId);
  return run && (await counts(executor, run));
}

async function counts(executor: Executor, run: RunRow): Promise<ListedRun> {
  if (run.ended !== null) return { ...run, counts: run.ended, pending: 0 };
  const standing = await countRun(executor, run.runId);
  return { ...run, counts: standing, pending: standing.pending };
}
