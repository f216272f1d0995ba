/**
 * Options of execa for a process that a tool starts and stops itself. It has its own process group, so that Ctrl-C reaches
 * only the tool, which then ends its processes in order.
 */
export const OWN_GROUP = {
  detached: true,
  cleanup: false,
  reject: false,
  stdin: 'ignore',
  buffer: false,
} as const;
