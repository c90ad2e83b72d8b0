import { TransientFailure } from '@voxport/domain';

/** Lets so many through at a time; the others wait in line. */
export interface Gate {
  /**
   * Resolves when there is room, with the function that gives the place back; rejects with the signal's reason when
   * aborted first. A gate without any room sends everybody away with a TransientFailure (`concurrent_limit`): another
   * process has the room.
   */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
  /** More room lets waiting ones in at once; less holds back new ones until enough have left. */
  readonly resize: (size: number) => void;
  /** How many are inside. */
  readonly inside: () => number;
}

/** Makes a gate of a size. */
export function makeGate(initialSize: number): Gate {
  let size = initialSize;
  let inside = 0;
  const waiting: { readonly admit: () => void; readonly sendAway: () => void }[] = [];

  function admit(): void {
    while (inside < size) {
      const next = waiting.shift();
      if (next === undefined) return;
      inside += 1;
      next.admit();
    }
  }

  function leaveOnce(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      inside -= 1;
      admit();
    };
  }

  return {
    enter(signal) {
      return new Promise((resolve, reject) => {
        const place = {
          admit: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(leaveOnce());
          },
          sendAway: () => {
            signal.removeEventListener('abort', onAbort);
            reject(
              new TransientFailure(
                'concurrent_limit',
                'other workers have all the requests in flight that the source allows',
              ),
            );
          },
        };
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(place), 1);
          reject(abortError(signal));
        };
        if (signal.aborted) {
          reject(abortError(signal));
        } else if (size === 0) {
          place.sendAway();
        } else {
          signal.addEventListener('abort', onAbort, { once: true });
          waiting.push(place);
          admit();
        }
      });
    },
    resize(newSize) {
      size = newSize;
      admit();
      if (size === 0) for (const place of waiting.splice(0)) place.sendAway();
    },
    inside: () => inside,
  };
}

/** Why the signal was aborted, as an error whatever it was aborted with. */
function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
