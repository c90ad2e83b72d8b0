/**
 * Gathers single calls into batches: while one batch is under way, what arrives waits together for the next. A lone
 * call is not delayed; under load the batches grow by themselves. Every call resolves, or rejects, with its batch.
 * Fifteen landings a transaction instead of one: a commit costs the same for both.
 */
export function inBatches<Item>(
  sizeMax: number,
  run: (items: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  interface Call {
    readonly item: Item;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Call[] = [];
  let isRunning = false;

  async function drain(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const calls = waiting.slice(0, sizeMax);
      waiting = waiting.slice(sizeMax);
      try {
        await run(calls.map((call) => call.item));
        for (const call of calls) call.resolve();
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void drain();
    });
}
