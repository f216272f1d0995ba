/**
 * Loaded into a service before anything else (`node --import`): SIGUSR2 sets the wall clock of this one process wrong by
 * CLOCK_SKEW_MS, and right again. The monotonic clock goes on, as it does when a system's clock is set.
 */
const skewMs = Number(process.env.CLOCK_SKEW_MS);
const RealDate = Date;
let offsetMs = 0;

process.on('SIGUSR2', () => {
  offsetMs = offsetMs === 0 ? skewMs : 0;
});

globalThis.Date = new Proxy(RealDate, {
  construct(target, args, newTarget) {
    return Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget);
  },
  get(target, name, receiver) {
    return name === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(target, name, receiver);
  },
});
