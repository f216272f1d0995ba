/**
 * Types of a dashboard file, from Grafana's own types. They differ in two points: in JSON, an enumeration is one of its
 * texts, and Grafana adds the defaults of all options that a panel omits.
 */
import type {
  Dashboard as FullDashboard,
  FieldConfig as FullFieldConfig,
  Panel as FullPanel,
  VariableModel,
} from '@grafana/schema';
import type { Options as HeatmapOptions } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as StateTimelineOptions } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type OptionsOf<T> = T extends object ? { [K in keyof T]?: OptionsOf<T[K]> } : T;

/** A query of Prometheus. The package has no type for it. */
interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
  format?: 'heatmap';
}

interface PanelOf<Type extends string, Options>
  extends Omit<Json<FullPanel>, 'type' | 'options' | 'targets' | 'fieldConfig'> {
  id: number;
  type: Type;
  title: string;
  gridPos: Json<NonNullable<FullPanel['gridPos']>>;
  datasource: { type: 'prometheus'; uid: string };
  targets: Target[];
  fieldConfig: { defaults: Omit<Json<FullFieldConfig>, 'custom'> & { unit: string }; overrides: [] };
  options?: OptionsOf<Json<Options>>;
}

export type Panel =
  | PanelOf<'timeseries', TimeSeriesOptions>
  | PanelOf<'stat', StatOptions>
  | PanelOf<'state-timeline', StateTimelineOptions>
  | PanelOf<'heatmap', HeatmapOptions>;

export interface Dashboard extends Omit<Json<FullDashboard>, 'panels' | 'templating'> {
  uid: string;
  panels: Panel[];
  templating: { list: Json<VariableModel>[] };
}
