/**
 * How Node runs a service. V8 lets the space for new objects grow up to 48 MB under load and keeps it; these services hold
 * few objects, so 6 MB (three times this) are enough. The limit of the heap ends a service that a hostile server makes
 * allocate more, before the machine's memory is exhausted.
 */
export const SERVICE_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=2',
  '--max-old-space-size=96',
] as const;
