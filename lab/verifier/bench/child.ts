/** Runs one measurement in a separate process. Arguments: `verifier` or `baseline`, the nodes, the number of keys. */

import { parseAddresses } from '../../../toolkit/node/address.ts';
import { parse } from '../../../toolkit/options.ts';
import { Progress } from '../../../toolkit/progress.ts';
import { type ParsedOptions, verifyCommand, verifyOptionsOf } from '../options.ts';
import { overallVerdict } from '../report/result.ts';
import { verify } from '../verify.ts';
import { compareOneByOne } from './baseline.ts';

export interface Measured {
  perSecond: number;
  seconds: number;
  /** Peak memory of the process. */
  peakMegabytes: number;
  /** CPU time of the process, in seconds. */
  cpu: number;
}

const [what, nodes = '', keys = '0'] = process.argv.slice(2);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const compared = what === 'verifier' ? await verifyAll() : await compareOneByOne(nodes, Number(keys));
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
if (compared !== Number(keys)) throw new Error(`${compared} of ${keys} keys are equal: nothing to measure`);
const measured: Measured = {
  perSecond: compared / seconds,
  seconds,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
  cpu: (user + system) / 1e6,
};
process.send?.(measured, () => process.disconnect());

async function verifyAll(): Promise<number> {
  const parsed = parse<ParsedOptions>(verifyCommand('', ''), ['node', 'verify']);
  const signal = new AbortController().signal;
  const addresses = parseAddresses(nodes, {});
  const { pairs } = await verify(addresses, verifyOptionsOf(parsed), new Progress(process.stderr), signal);
  if (overallVerdict(pairs) !== 'in-sync') throw new Error('the nodes differ: nothing to measure');
  return Math.min(...pairs.map(({ totals }) => totals.common));
}
