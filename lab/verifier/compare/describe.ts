/** Finds where two values of one type differ. Reads both in chunks, so that memory is bounded for any size. */
import { isTypeChange } from '../read/value-types.ts';
import { DifferenceList, type Differences } from '../report/findings.ts';
import { describeMembers, isKeyedType } from './describe-members.ts';
import { describeList, describeStream, describeString, type Sides } from './describe-sequences.ts';

/**
 * Returns the differences between the values of a key, or `undefined` if there are none anymore.
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
    // A concurrent write has changed the type of the key, so the values cannot be described.
    if (isTypeChange(error)) return undefined;
    throw error;
  }
  return found.none ? undefined : found;
}
