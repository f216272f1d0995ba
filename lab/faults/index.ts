/** The fault lab for other tools: its saved runs, its part of a page, and the processes that it starts and restarts. */
export type { Incident } from './history.ts';
export { markProcesses, removeLeftovers, temporaryFolder } from './leftovers.ts';
export { faultsPart } from './report/html.ts';
export { loadFaults } from './save.ts';
export { Team } from './services/team.ts';
export { Supervisor } from './supervisor.ts';
