import type { SourceCoverage } from '@voxport/warehouse';

/** The coverage of a source for scripts, in snake case like the tables and `voxport status --json`. */
export function coverageJson(coverage: SourceCoverage): object {
  const { sourceId, since, filters, completeUntil, listedUntil, missingCount, missing } = coverage;
  return {
    source_id: sourceId,
    since,
    filters,
    complete_until: completeUntil,
    listed_until: listedUntil,
    missing_ranges: missingCount,
    missing: missing.map(({ after, before, reason, isNewest, windows, windowId, errorClass }) => ({
      after,
      before,
      reason,
      is_newest: isNewest,
      windows,
      window_id: windowId,
      error_class: errorClass,
    })),
  };
}
