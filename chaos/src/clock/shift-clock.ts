/*
 * Loaded into a service before its own code (`node --import`): shifts the wall clock of that process by
 * CHAOS_CLOCK_SHIFT_MS, at once, or from the first SIGUSR2 to the second. The monotonic clock (`performance.now()`,
 * timers) continues as it does when a real clock is set. The system's own clock cannot be shifted for one process
 * without a library that not every machine has.
 */
const shiftMs = Number(process.env['CHAOS_CLOCK_SHIFT_MS'] ?? 0);
let isShifted = process.env['CHAOS_CLOCK_WAITS'] === undefined;
process.on('SIGUSR2', () => {
  isShifted = !isShifted;
});

const RealDate = Date;
const now = (): number => RealDate.now() + (isShifted ? shiftMs : 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
