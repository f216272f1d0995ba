/** The soak run for other tools: its saved runs, and its part of a page. */
export { FILE, loadSoak } from './record.ts';
export { soakPart } from './report/html.ts';
