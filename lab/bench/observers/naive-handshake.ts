import { nowMicros } from '../../../common/clock.ts';
import type { Settings } from '../../../common/settings.ts';
import { formatHandshake, parseValue } from '../../../common/value.ts';

/** Returns the handshake for a value. Reads and formats as the services do, so that only the waiting differs. */
export function handshakeFor(text: string, { SERVICE_NAME }: Settings): string {
  const parsed = parseValue(text);
  if (!parsed.ok) throw new Error(`not a value of the writer: ${parsed.reason}`);
  return formatHandshake(SERVICE_NAME, parsed.value, nowMicros());
}
