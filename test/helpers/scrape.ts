/** Scrapes a process like Prometheus. */
import assert from 'node:assert/strict';
import { execa } from 'execa';

export class Scrape {
  readonly text: string;
  readonly #values: Map<string, number>;

  constructor(text: string) {
    this.text = text;
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    this.#values = new Map(samples.map(parse));
  }

  /** Returns the value of `name` or `name{label="value"}`, without the label `service`; `undefined` if there is none. */
  value(sample: string): number | undefined {
    return this.#values.get(sample);
  }

  /** Returns the values of a metric by the value of its only label, which is not `service`. */
  by(name: string): Record<string, number> {
    const pattern = new RegExp(`^${name}\\{\\w+="([^"]*)"\\}$`);
    return Object.fromEntries(
      [...this.#values].flatMap(([sample, value]) => {
        const [, label] = pattern.exec(sample) ?? [];
        return label === undefined ? [] : [[label, value]];
      }),
    );
  }
}

/** Returns a sample without the label `service`, and its value. */
function parse(line: string): [sample: string, value: number] {
  const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const others = [...labels.matchAll(/(\w+)="[^"]*"/g)].filter(([, label]) => label !== 'service');
  return [others.length === 0 ? name : `${name}{${others.map(([pair]) => pair).join()}}`, Number(value)];
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
