/**
 * A half-open range of call starts, `[after, before)`; `after` null means from the beginning. Whole seconds, because
 * call starts have no more.
 */
export interface TimeRange {
  readonly after: Date | null;
  readonly before: Date;
}
