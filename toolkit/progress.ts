/** Shows a run on stderr: lines that stay and, on a terminal, one line of progress below them. */

import { duration } from './report/figures.ts';

const REDRAW_MS = 200;
const ERASE_LINE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** What a step counts: keys or rows, or seconds of work, which are estimated in advance. */
type Unit = 'keys' | 'rows' | 'seconds';

export class Progress {
  readonly #out: NodeJS.WriteStream | undefined;
  #step = '';
  #total = 0;
  #unit: Unit = 'keys';
  #done = 0;
  #startedAt = 0;
  #drawnAt = 0;

  /** @param out if `undefined`, nothing is shown. */
  constructor(out: NodeJS.WriteStream | undefined) {
    this.#out = out;
  }

  /** Starts a step. @param total expected number of keys, rows, or seconds; 0 if unknown. */
  start(step: string, total = 0, unit: Unit = 'keys'): void {
    this.#total = total;
    this.#unit = unit;
    this.#done = 0;
    this.#startedAt = performance.now();
    this.rename(step);
  }

  /** Shows another name for the step, and continues to count. */
  rename(step: string): void {
    this.#step = step;
    this.#draw();
  }

  add(done: number): void {
    this.#done += done;
    if (performance.now() - this.#drawnAt >= REDRAW_MS) this.#draw();
  }

  /** Prints a line that stays. */
  say(line: string): void {
    this.clear();
    this.#out?.write(`${line}\n`);
  }

  /** Removes the line of progress, for other output. */
  clear(): void {
    if (this.#out?.isTTY) this.#out.write(ERASE_LINE);
  }

  #draw(): void {
    if (!this.#out?.isTTY) return;
    this.#drawnAt = performance.now();
    const seconds = (this.#drawnAt - this.#startedAt) / 1000;
    const line = progressLine(this.#step, this.#done, this.#total, seconds, this.#unit);
    this.#out.write(`${ERASE_LINE}${line.slice(0, (this.#out.columns || DEFAULT_COLUMNS) - 1)}`);
  }
}

/** Returns, for example, `comparing: 40% of 1,000,000 keys, 85,000 keys/s, 7 s left`. Pure. */
export function progressLine(
  step: string,
  done: number,
  total: number,
  seconds: number,
  unit: Unit = 'keys',
): string {
  const estimated = unit === 'seconds';
  if (done === 0 && !estimated) return `${step}…`;
  const rate = done === 0 ? 1 : done / Math.max(seconds, 0.001);
  const speed = `${count(rate)} ${unit}/s`;
  if (total === 0) return `${step}: ${count(done)} ${unit}, ${speed}`;
  const percent = `${Math.min(100, Math.floor((done / total) * 100))}%`;
  const left = `${duration(Math.max(0, Math.ceil((total - done) / rate)))} left`;
  return estimated
    ? `${percent}, ${left}: ${step}`
    : `${step}: ${percent} of ${count(total)} ${unit}, ${speed}, ${left}`;
}

/** Formats 1234567 as 1,234,567. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
