// @ts-check
// Numbers and times for people.
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const WHOLE = new Intl.NumberFormat('en-US');

/** @param {number} value */
export function count(value) {
  return WHOLE.format(value);
}

/**
 * Returns a duration in milliseconds up to a second, so that figures next to each other have one unit.
 * @param {number | undefined} seconds
 */
export function duration(seconds) {
  if (seconds === undefined || Number.isNaN(seconds)) return '–';
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (size >= 999.5) return `${sign}${count(Math.round(size))} s`;
  if (size >= 0.9995) return `${sign}${size.toPrecision(3)} s`;
  const ms = size * 1000;
  return `${sign}${ms >= 99.95 ? ms.toFixed(0) : ms >= 9.995 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

/** @param {number | undefined} micros */
export function fromMicros(micros) {
  return duration(micros === undefined ? undefined : micros / 1e6);
}

/**
 * Returns an age in whole seconds, because tenths would never rest.
 * @param {number} ms
 */
export function age(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return 'now';
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

/** @param {number} ms Unix time */
export function time(ms) {
  return CLOCK.format(ms);
}

/**
 * @param {string} text
 * @param {number} length
 */
export function shorten(text, length) {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}

/**
 * @param {number} amount
 * @param {string} singular
 */
export function plural(amount, singular) {
  return `${count(amount)} ${singular}${amount === 1 ? '' : 's'}`;
}
