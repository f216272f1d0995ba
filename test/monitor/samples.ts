/** Parses the text format of Prometheus. */
import assert from 'node:assert/strict';

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Returns all samples, without the label `service`, which each must have. */
export function parseSamples(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', pairs = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? assert.fail(line);
    const { service, ...labels } = Object.fromEntries(
      [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text]),
    );
    assert.ok(service, line);
    return { name, labels, value: Number(value) };
  });
}

/** Returns all ordered pairs of different names. */
export function pairsOf(names: readonly string[]): [from: string, to: string][] {
  return names.flatMap((from) =>
    names.flatMap((to) => (from === to ? [] : [[from, to] as [string, string]])),
  );
}
