/** The benchmark for other tools: its saved runs, and its part of a page. */
export { benchPart } from './render/html.ts';
export { loadRun } from './run-data.ts';
