/**
 * Details of a source in the queue at most, as far as planning puts them there: about 1 KB each in Redis, 21 MB for
 * all. A million wanted ones (a retry of everything, a queue to be rebuilt) wait in Postgres, where they stand anyway,
 * and follow as the queue empties.
 */
export const enqueuedMax = 20_000;
