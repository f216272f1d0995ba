/** Counts results, and lists at the end what is easily overlooked: skipped tests, and tests that did not end. */
import { join, relative } from 'node:path';
import { root } from '../../toolkit/root.ts';

/** An event of node:test, as far as it is used here. */
interface TestEvent {
  type: string;
  data: {
    name: string;
    file?: string;
    nesting: number;
    message?: string;
    skip?: string | boolean;
    details?: { type?: string };
  };
}

/** Totals of node:test; with two runs, there would be two of them. */
const TOTAL = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;
/** Node 20 reports tests that `--test-name` excludes as skipped; later versions do not report them. */
const EXCLUDED = 'test name does not match pattern';

export class Tally {
  readonly #skipped = new Map<string, string[]>();
  readonly #running = new Map<string, Set<string>>();
  readonly #notEnded: string[] = [];
  readonly #start = performance.now();
  #passes = 0;
  #failures = 0;
  #skips = 0;

  get total(): number {
    return this.#passes + this.#failures + this.#skips;
  }

  get passed(): boolean {
    return this.#failures === 0 && this.total > 0;
  }

  /** Counts events, and passes them on to a reporter. */
  async *count(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
    let start: TestEvent | undefined;
    for await (const event of events) {
      const excluded = event.data.skip === EXCLUDED;
      if (start && !excluded) yield start;
      start = event.type === 'test:start' ? event : undefined;
      if (start || excluded || isTotal(event) || isPassedFile(event)) continue;
      this.#add(event);
      yield event;
    }
  }

  /** Returns the closing lines. */
  summary(engine: string): string {
    const seconds = Math.round((performance.now() - this.#start) / 1000);
    const lists = [...this.#skipped].map(([reason, names]) =>
      list(`SKIPPED ${names.length}: ${reason}`, names),
    );
    if (this.#notEnded.length > 0)
      lists.push(list('DID NOT END, because of the time limit or an interruption', this.#notEnded));
    const counts = `${this.#passes} passed, ${this.#failures} failed, ${this.#skips} skipped`;
    const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    return `${lists.join('')}\n${this.total} test${this.total === 1 ? '' : 's'}: ${counts}, with ${engine}, in ${time}\n`;
  }

  #add({ type, data }: TestEvent): void {
    const file = data.file ?? '';
    const running = this.#running.get(file) ?? new Set();
    this.#running.set(file, running);
    if (type === 'test:dequeue') running.add(data.name);
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') return;
    running.delete(data.name);
    if (type === 'test:fail') {
      this.#failures += 1;
      if (isFile(data.name))
        this.#notEnded.push(...[...running].map((name) => `${name} (${sourceOf(file)})`));
    } else if (data.skip === undefined) {
      this.#passes += 1;
    } else {
      this.#skips += 1;
      const reason = String(data.skip);
      this.#skipped.set(reason, [...(this.#skipped.get(reason) ?? []), data.name]);
    }
  }
}

/** A file with tests counts only if it fails as a whole. */
function isPassedFile({ type, data }: TestEvent): boolean {
  return type === 'test:pass' && isFile(data.name);
}

function isFile(name: string): boolean {
  return name.startsWith(root) && name.endsWith('.test.js');
}

function sourceOf(file: string): string {
  return relative(join(root, 'dist'), file).replace(/\.js$/, '.ts');
}

function isTotal({ type, data }: TestEvent): boolean {
  return type === 'test:diagnostic' && data.nesting === 0 && TOTAL.test(data.message ?? '');
}

function list(title: string, names: readonly string[]): string {
  return `\n${title}\n${names.map((name) => `  - ${name}\n`).join('')}`;
}
