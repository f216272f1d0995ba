import { shown } from './value.ts';

/** Why a node was lost, fit for a log line: what a server says may be long, binary, or nothing at all. */
export function reasonOf({ message }: Error): string {
  return shown(message.trim()) || 'an error without words';
}
