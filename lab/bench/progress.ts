/** Shows the progress of the run on standard error, if that is a terminal. */
import { duration } from '../../toolkit/report/figures.ts';
import type { Step } from './context.ts';

/** Erases the line, so that a shorter line leaves no characters of a longer one. */
const ERASE_LINE = '\r\u001b[2K';

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #totalSeconds: number;
  readonly #start = performance.now();
  #doneSeconds = 0;

  /** @param steps all steps of the run, with their estimates. */
  constructor(steps: readonly Step[], stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#totalSeconds = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Shows the current step. */
  begin(experiment: string, { label }: Step): void {
    if (!this.#stream.isTTY) return;
    const share = Math.round((100 * this.#doneSeconds) / this.#totalSeconds);
    const line = `${share} %, ${duration(this.#secondsLeft())} left · ${experiment}: ${label}`;
    this.#stream.write(`${ERASE_LINE}${line.slice(0, this.#stream.columns - 1)}`);
  }

  done({ seconds }: Step): void {
    this.#doneSeconds += seconds;
  }

  /** Removes the line. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write(ERASE_LINE);
  }

  /** Returns the remaining time: the estimates, corrected by their accuracy so far. */
  #secondsLeft(): number {
    const elapsed = (performance.now() - this.#start) / 1000;
    const pace = this.#doneSeconds > 10 ? elapsed / this.#doneSeconds : 1;
    return (this.#totalSeconds - this.#doneSeconds) * pace;
  }
}
