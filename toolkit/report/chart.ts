/** A chart of a report, as data that charts.js draws. */

export type Scale = 'linear' | 'log' | 'zero-log' | 'percentile';
export type Point = [x: number, y: number];

export interface Axis {
  label: string;
  scale: Scale;
}

export interface Series {
  label: string;
  points: Point[];
  /** Number of its color; absent: its position in the chart. */
  color?: number;
}

export interface Chart {
  title: string;
  x: Axis;
  y: Axis;
  /** Whether to mark points: only for few points, not for curves. */
  marks: boolean;
  series: Series[];
  /** Values of x with a vertical line; absent: none. */
  events?: number[];
}

/**
 * Returns the place of a chart. Charts of a group share their scales.
 * @param id of the part's data: an array of groups.
 */
export function chartHtml(id: string, group: number, chart = 0): string {
  return `<figure data-charts="${id}" data-group="${group}" data-chart="${chart}"></figure>`;
}
