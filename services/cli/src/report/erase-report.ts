import type { ErasureResult } from '../erase/carry-out-erasure.ts';
import { count } from './run-report.ts';

/** The machine-readable answer of `erase`. It names no conversation. */
export function eraseJson({ erasureId, conversations, removed, jobs, atSource }: ErasureResult): string {
  return JSON.stringify({
    erasure_id: erasureId,
    conversations,
    removed,
    jobs,
    at_source:
      atSource === null
        ? null
        : [...atSource].map(([source, { deleted, notFound, failed }]) => ({
            source,
            deleted,
            not_found: notFound,
            failed: failed.length,
          })),
  });
}

/** The same for people. */
export function eraseText({ erasureId, conversations, removed, jobs, atSource }: ErasureResult): string {
  const lines = [
    `Erasure ${erasureId}: ${count(conversations)} conversations`,
    `  removed    ${count(removed['voxport.conversations'] ?? 0)} conversations with all their rows, ${count(removed['voxport_raw.payloads'] ?? 0)} payloads, ${count(jobs)} jobs`,
  ];
  for (const [source, { deleted, notFound, failed }] of atSource ?? []) {
    lines.push(
      `  at source  ${source}: ${count(deleted)} deleted, ${count(notFound)} were gone, ${count(failed.length)} failed`,
    );
  }
  lines.push('  They do not come back. Backups, and the files of the database until its next vacuum, still hold them.');
  return lines.join('\n');
}
