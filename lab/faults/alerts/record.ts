/** The record of the alerts during one fault, from Prometheus. All times in Unix seconds. */

/** A time in which an alert had one state, with one set of labels. */
export interface Span {
  alert: string;
  severity: string;
  state: 'pending' | 'firing';
  /** Labels of its subject, such as `node=127.0.0.1:7001`. */
  labels: string;
  from: number;
  /** Last time with this state. */
  to: number;
}

export interface AlertRecord {
  /** Names of the alerts that must fire. */
  expected: readonly string[];
  /** Names of critical alerts that may fire. */
  possible: readonly string[];
  startedAt: number;
  /** Absent without a fault, as `healedAt`. */
  injectedAt?: number;
  healedAt?: number;
  endedAt: number;
  /** Alerts that fired. */
  spans: Span[];
}

/** A time series of Prometheus' HTTP API. */
export interface Series {
  metric: Record<string, string>;
  values: [seconds: number, value: string][];
}

/** Interval of the times in a record: the step of the query. */
export const STEP_SECONDS = 1;

/** Labels that do not name the subject of an alert. */
const OTHER_LABELS = ['__name__', 'alertname', 'alertstate', 'severity', 'job', 'instance'];

/** Returns the spans of the series `ALERTS`. A gap ends a span. */
export function spansOf(series: readonly Series[]): Span[] {
  return series.flatMap(({ metric, values }) => {
    const { alertname: alert = '', severity = '', alertstate } = metric;
    const state = alertstate === 'firing' ? 'firing' : 'pending';
    const spans: Span[] = [];
    for (const [at] of values) {
      const last = spans.at(-1);
      if (last && at - last.to < 2 * STEP_SECONDS) last.to = at;
      else spans.push({ alert, severity, state, labels: subjectOf(metric), from: at, to: at });
    }
    return spans;
  });
}

function subjectOf(metric: Series['metric']): string {
  return Object.entries(metric)
    .filter(([name, value]) => !OTHER_LABELS.includes(name) && value !== 'monitor')
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
