/**
 * Preloaded into a service (`node --import`). SIGURG sets the wall clock of this process wrong by CLOCK_SKEW_MS. The
 * next SIGURG corrects it. The monotonic clock is unaffected, as when a system's clock is set.
 */
const skewMs = Number(process.env.CLOCK_SKEW_MS);
const RealDate = Date;
let offsetMs = 0;

process.on('SIGURG', () => {
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
