import { describeFailure } from '@voxport/domain';
import { isDataError, withSavepoint, type OpenTransaction } from '@voxport/warehouse';
import type { Mapped } from './map-batch.ts';

/**
 * Writes the rows of a batch. A batch that Postgres refuses for its data is halved until the one bad conversation is
 * alone, which is refused.
 */
export async function loadOrSplit<Result>(
  transaction: OpenTransaction,
  mapped: readonly Mapped[],
  steps: {
    readonly load: (transaction: OpenTransaction, mapped: readonly Mapped[]) => Promise<Result[]>;
    readonly refuse: (transaction: OpenTransaction, mapped: Mapped, message: string) => Promise<Result>;
  },
): Promise<Result[]> {
  if (mapped.length === 0) return [];
  try {
    return await withSavepoint(transaction, () => steps.load(transaction, mapped));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const [only] = mapped;
    if (mapped.length === 1 && only !== undefined) {
      const { message } = describeFailure(error);
      return [await steps.refuse(transaction, only, `Postgres refuses its rows: ${message}`)];
    }
    const half = Math.ceil(mapped.length / 2);
    return [
      ...(await loadOrSplit(transaction, mapped.slice(0, half), steps)),
      ...(await loadOrSplit(transaction, mapped.slice(half), steps)),
    ];
  }
}
