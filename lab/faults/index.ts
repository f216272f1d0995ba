/** The fault lab for other tools: its saved runs, and its part of a page. */
export { faultsPart } from './report/html.ts';
export { loadFaults } from './save.ts';
