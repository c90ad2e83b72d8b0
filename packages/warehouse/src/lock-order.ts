/**
 * Compares two ids in the order in which everybody locks their rows: by their bytes, which is `collate "C"` in SQL. The
 * database's own order may be another one (an ICU collation puts `a` before `B`), and two statements that lock the same
 * rows in two orders deadlock.
 */
export function compareInLockOrder(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
