/** What a process listens to for signals: `process` itself, or an emitter in a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** A signal's number, as the exit code of a process that it ended: 128 + number. */
const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Aborts on the first SIGTERM or SIGINT, so that work is finished or handed back; the second one ends the process at
 * once. Nothing is lost by that: what was under way is not acknowledged, and comes back.
 */
export function shutdownSignal(
  source: SignalSource,
  exitNow: (code: number) => void,
): { signal: AbortSignal; stopListening: () => void } {
  const controller = new AbortController();
  const listeners = (['SIGTERM', 'SIGINT'] as const).map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) exitNow(128 + signalNumbers[name]);
      else controller.abort(new Error(name));
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    stopListening() {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
