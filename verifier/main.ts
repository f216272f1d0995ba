/** npm run verify */
import { Command } from 'commander';
import { runTool } from './cli.ts';
import { addressesOf, type ParsedOptions, parse, verifyOptionsOf, withVerifyOptions } from './options.ts';
import { printResult } from './print-result.ts';
import { Progress } from './progress.ts';
import { verify } from './verify.ts';

await runTool(async (signal) => {
  const command = withVerifyOptions(new Command('verify').description('Do the nodes hold the same data?'));
  const options = parse<ParsedOptions>(command, process.argv);
  const addresses = addressesOf(options, process.env);
  return printResult(
    await verify(addresses, verifyOptionsOf(options), new Progress(process.stderr), signal),
    options.json,
  );
});
