/** Runs what it is given one after the other, in the order in which it was given. */
export type OneAtATime = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** Makes a queue of its own; what rejects does not hold up what comes after it. */
export function makeOneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return async (run) => {
    const own = last.then(run, run);
    last = own.catch(() => undefined);
    return own;
  };
}
