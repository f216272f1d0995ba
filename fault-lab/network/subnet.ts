/** An IPv4 subnet that nothing on this machine uses. */
import { ip } from './commands.ts';

/** Private addresses that few others choose. */
const FIRST = '10.214';
const SUBNETS = 256;

/**
 * The first three numbers of a free /24. Labs that start at the same moment begin their search at different places.
 * @throws Error if all are taken.
 */
export async function freeSubnet(): Promise<string> {
  const routes = await ip('-4 route show table all');
  for (let i = 0; i < SUBNETS; i += 1) {
    const subnet = `${FIRST}.${(process.pid + i) % SUBNETS}`;
    if (!routes.includes(`${subnet}.`)) return subnet;
  }
  throw new Error(`all of ${FIRST}.0.0/16 is taken, and the lab's network needs a part of it`);
}
