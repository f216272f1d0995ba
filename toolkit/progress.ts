/** Shows the progress of a run in one line on a terminal. Prints nothing without a terminal. */

const REDRAW_MS = 200;
const ERASE_LINE = '\r\u001b[K';

export class Progress {
  readonly #out: NodeJS.WriteStream | undefined;
  #step = '';
  #total = 0;
  #done = 0;
  #startedAt = 0;
  #drawnAt = 0;

  constructor(out: NodeJS.WriteStream | undefined) {
    this.#out = out?.isTTY ? out : undefined;
  }

  /** Starts a step. @param total expected number of keys; 0 if unknown. */
  start(step: string, total = 0): void {
    this.#step = step;
    this.#total = total;
    this.#done = 0;
    this.#startedAt = performance.now();
    this.#draw();
  }

  add(keys: number): void {
    this.#done += keys;
    if (performance.now() - this.#drawnAt >= REDRAW_MS) this.#draw();
  }

  /** Clears the line for the next output. */
  clear(): void {
    this.#out?.write(ERASE_LINE);
  }

  #draw(): void {
    if (!this.#out) return;
    this.#drawnAt = performance.now();
    const seconds = (this.#drawnAt - this.#startedAt) / 1000;
    this.#out.write(`${ERASE_LINE}${progressLine(this.#step, this.#done, this.#total, seconds)}`);
  }
}

/** Returns, for example, `comparing: 40% of 1,000,000 keys, 85,000 keys/s, 7 s left`. Pure. */
export function progressLine(step: string, done: number, total: number, seconds: number): string {
  if (done === 0) return `${step}…`;
  const rate = done / Math.max(seconds, 0.001);
  const speed = `${count(rate)} keys/s`;
  if (total === 0) return `${step}: ${count(done)} keys, ${speed}`;
  const percent = Math.min(100, Math.floor((done / total) * 100));
  const left = Math.max(0, Math.ceil((total - done) / rate));
  return `${step}: ${percent}% of ${count(total)} keys, ${speed}, ${left} s left`;
}

/** Formats 1234567 as 1,234,567. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
