import { print } from '../../../toolkit/run-tool.ts';
import { toJson } from './json.ts';
import { report } from './report.ts';
import { exitCodeOf, type Result } from './result.ts';

/** Prints a result and returns its exit code. */
export function printResult(result: Result, json: boolean): number {
  print(json ? `${JSON.stringify(toJson(result))}\n` : report(result));
  return exitCodeOf(result.pairs);
}
