/**
 * How Node runs a service. V8 lets the space for new objects grow up to 48 MB under load and keeps it; these services hold
 * next to nothing, so 6 MB (three times this) do, and memory stays what it was at the first writes.
 */
export const SERVICE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=2'] as const;
