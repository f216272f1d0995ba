/** Scrapes a process like Prometheus. */
import assert from 'node:assert/strict';
import { execa } from 'execa';

/** A value of a metric, without the label `service`. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export class Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];
  readonly #values: Map<string, number>;

  constructor(text: string) {
    this.text = text;
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    this.samples = lines.map(parse);
    this.#values = new Map(this.samples.map((sample) => [textOf(sample), sample.value]));
  }

  /** Returns the value of `name` or `name{label="value"}`, without the label `service`; `undefined` if there is none. */
  value(sample: string): number | undefined {
    return this.#values.get(sample);
  }

  /** Returns the values of a metric by the value of its only label, which is not `service`. */
  by(name: string): Record<string, number> {
    return Object.fromEntries(
      this.samples.flatMap(({ name: found, labels, value }) => {
        const [label, ...others] = Object.values(labels);
        return found !== name || label === undefined || others.length > 0 ? [] : [[label, value]];
      }),
    );
  }
}

function parse(line: string): Sample {
  const [, name = '', pairs = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
  const { service, ...labels } = Object.fromEntries(
    [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text]),
  );
  assert.ok(service, `no label service: ${line}`);
  return { name, labels, value: Number(value) };
}

function textOf({ name, labels }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join()}}`;
}

export async function scrape(port: number): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(response.status, 200);
  return new Scrape(await response.text());
}

/** Value for a test's `skip` option: the reason why promtool cannot check metrics, or `false`. */
export const needsPromtool: string | false = (await execa('promtool', ['--version'], { reject: false }))
  .failed
  ? 'needs promtool, which is not installed'
  : false;

/** Asserts that promtool finds no problem in metrics. */
export async function assertLinted({ text }: Scrape): Promise<void> {
  const { exitCode, all } = await execa('promtool', ['check', 'metrics'], {
    input: text,
    all: true,
    reject: false,
  });
  assert.deepEqual([exitCode, all], [0, '']);
}
