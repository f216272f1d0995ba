/**
 * Metrics of a process in the format of Prometheus. Only this file imports prom-client, so that it can be exchanged.
 * metrics-server.ts serves them.
 *
 * Counters and gauges read their values from existing counts while Prometheus scrapes the process. Between two scrapes
 * they cost nothing. A histogram stores the value of each event, and counts all of them at the next scrape: one by one, each
 * would take several times as long.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper limits of the buckets of all histograms, in seconds. A round trip on one machine takes less than 1 ms. */
const BUCKETS = [
  0.0001, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
  0.5, 1, 2.5, 5, 10, 30,
];

/** Values that a histogram stores at most between two scrapes. 50 writes/s and 2 observers give 500 in 5 s. */
const MAX_PENDING = 1_000;

export type Labels = Record<string, string>;
/** A metric's value, or one value for each set of labels. `undefined`: there is no value yet. */
export type Values = number | undefined | Iterable<readonly [Labels, number]>;

export class Metrics {
  readonly #registry = new Registry();
  /** The function of each counter and gauge that reads its values, by name. */
  readonly #reads = new Map<string, () => Values>();
  /** Returns why the process cannot do its work now; `undefined` if it can. */
  notReady: () => string | undefined = () => 'it starts';

  /** @param service value of the label `service` of all metrics. */
  constructor(service: string) {
    this.#registry.setDefaultLabels({ service });
  }

  /** @param read returns the totals since the start of the process; called for each scrape. */
  counter(name: string, help: string, labelNames: readonly string[], read: () => Values): void {
    this.#reads.set(name, read);
    const metric: Counter = new Counter({
      ...this.#options(name, help, labelNames),
      collect: () => {
        metric.reset();
        if (labelNames.length === 0) metric.remove();
        for (const [labels, value] of listed(read())) metric.inc(labels, value);
      },
    });
  }

  /** @param read returns the values of this moment; called for each scrape. */
  gauge(name: string, help: string, labelNames: readonly string[], read: () => Values): void {
    this.#reads.set(name, read);
    const metric: Gauge = new Gauge({
      ...this.#options(name, help, labelNames),
      collect: () => {
        metric.reset();
        // prom-client resets a metric without labels to 0, but no value is not 0.
        if (labelNames.length === 0) metric.remove();
        for (const [labels, value] of listed(read())) metric.set(labels, value);
      },
    });
  }

  /** @returns a function that adds one value, in seconds. Call it outside the path of a write or an observation. */
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
  ): (seconds: number, labels?: Labels) => void {
    const pending: [Labels, number][] = [];
    const flush = () => {
      for (const [labels, seconds] of pending) metric.observe(labels, seconds);
      pending.length = 0;
    };
    const metric = new Histogram({
      ...this.#options(name, help, labelNames),
      buckets: BUCKETS,
      collect: flush,
    });
    return (seconds, labels = {}) => {
      if (pending.push([labels, seconds]) >= MAX_PENDING) flush();
    };
  }

  /** Content type of `text`. Prometheus 3 rejects any other one. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Returns the values of all counters and gauges by name and labels, such as `mesh_connected{node="127.0.0.1:7001"}`. */
  values(): Record<string, number> {
    return Object.fromEntries(
      [...this.#reads].flatMap(([name, read]) =>
        [...listed(read())].map(([labels, value]) => [name + textOf(labels), value]),
      ),
    );
  }

  #options(name: string, help: string, labelNames: readonly string[]) {
    return { name, help, labelNames: [...labelNames], registers: [this.#registry] };
  }
}

function listed(values: Values): Iterable<readonly [Labels, number]> {
  if (values === undefined) return [];
  return typeof values === 'number' ? [[{}, values]] : values;
}

/** Returns labels as in the text format of Prometheus; nothing without labels. */
function textOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join()}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
