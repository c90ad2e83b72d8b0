/**
 * The part of a source's requests in flight that one of several workers may have: the parts of all workers add up to
 * the limit. `rank` counts from 0. With more workers than requests the last ones have none.
 */
export function shareInFlight(limit: number, workers: number, rank: number): number {
  return Math.floor(limit / workers) + (rank < limit % workers ? 1 : 0);
}
