/** npm run exercise */
import { addressesOf, parse, wholeNumber } from '../../toolkit/options.ts';
import { count } from '../../toolkit/progress.ts';
import { print, runTool } from '../../toolkit/run-tool.ts';
import {
  exitCodeOf,
  overallVerdict,
  type ParsedOptions,
  report,
  toJson,
  uniquePrefix,
  verifyCommand,
  verifyOptionsOf,
} from '../verifier/index.ts';
import { type ExerciseResult, runExercise } from './steps.ts';

await runTool(async ({ signal, progress }) => {
  const command = verifyCommand(
    'npm run exercise',
    'Verifies, inserts test data through the source, waits for replication, verifies again, cleans up.',
  ).option('--keys <n>', 'number of test keys', wholeNumber(1, 100_000_000), 10_000);
  const options = parse<ParsedOptions & { keys: number }>(command);
  const addresses = addressesOf(options.nodes);
  const data = { prefix: uniquePrefix('exercise'), keys: options.keys, now: Date.now() };
  const result = await runExercise(addresses, verifyOptionsOf(options), data, progress, signal);
  const pairs = [...result.initial.pairs, ...result.final.pairs];
  print(options.json ? `${JSON.stringify(asJson(result, overallVerdict(pairs)))}\n` : asText(result));
  return exitCodeOf(pairs);
});

function asJson(result: ExerciseResult, verdict: string): object {
  const { initial, final, ...rest } = result;
  return { verdict, initial: toJson(initial), ...rest, final: toJson(final) };
}

function asText({ initial, inserted, replication, replicationMillis, final }: ExerciseResult): string {
  const late = replication.behind.map((link) => `  not caught up: ${link}\n`).join('');
  return [
    `1. Initial verification\n${report(initial)}`,
    `2. Inserted ${count(inserted)} keys of all types`,
    `3. Replication ${late === '' ? `caught up in ${replicationMillis} ms` : `had not caught up after ${replicationMillis} ms`}\n${late}`,
    `4. Final verification\n${report(final)}`,
    '5. Removed the test keys',
    '',
  ].join('\n');
}
