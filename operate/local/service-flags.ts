/**
 * Node.js flags for a service. Under load, V8 lets the space for new objects grow up to 48 MB and keeps it. These services
 * have few objects, so 6 MB (three times this) are enough. If a hostile server makes a service allocate more than the heap
 * limit, the service exits before the machine's memory is exhausted.
 */
export const SERVICE_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=2',
  '--max-old-space-size=96',
] as const;
