/** Reads which metrics a process serves. */
export interface ServedMetric {
  name: string;
  type: string;
  /** Names of the labels, sorted, without `service`. Absent without a value. */
  labels?: string[];
}

export async function metricsOf(port: number): Promise<ServedMetric[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
    const [, pairs] = new RegExp(`^${name}(?:_count)?(?:{(.*)})? `, 'm').exec(text) ?? [];
    const labels = [...(pairs ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label);
    return {
      name,
      type,
      ...(pairs !== undefined && { labels: labels.filter((label) => label !== 'service').sort() }),
    };
  });
}
