/** Finds where two values of one type differ, reading both in chunks, so that memory is bounded for any size. */
import type { Connection } from '../node/connection.ts';
import { isTypeChange } from '../read/value-types.ts';
import { DifferenceList, type Differences } from '../report/findings.ts';
import { describeMembers, isKeyedType } from './describe-members.ts';
import { describeList, describeStream, describeString } from './describe-sequences.ts';

export interface Sides {
  source: Connection;
  replica: Connection;
}

/**
 * The differences between the values of a key, or `undefined` if there are none any more.
 * @throws NodeError.
 */
export async function describeDifferences(
  sides: Sides,
  type: string,
  key: Buffer,
): Promise<Differences | undefined> {
  const found = new DifferenceList();
  try {
    if (type === 'string') await describeString(sides, key, found);
    else if (type === 'list') await describeList(sides, key, found);
    else if (type === 'stream') await describeStream(sides, key, found);
    else if (isKeyedType(type)) await describeMembers(sides, type, key, found);
    else found.add(`value of type ${type}`, 'cannot be shown', 'cannot be shown');
  } catch (error) {
    // The key is being replaced by one of another type: nothing that could be described.
    if (isTypeChange(error)) return undefined;
    throw error;
  }
  return found.none ? undefined : found;
}
