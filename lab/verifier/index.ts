/** The verifier for other tools: compares nodes, reports the result, and inserts test data. */
export {
  databaseOf,
  insertTestData,
  removeTestData,
  type TestData,
  uniquePrefix,
} from './insert/insert.ts';
export { type ParsedOptions, verifyCommand, verifyOptionsOf } from './options.ts';
export { KINDS } from './read/key-state.ts';
export { toJson } from './report/json.ts';
export { report } from './report/report.ts';
export { exitCodeOf, keysThatDiffer, overallVerdict, type Result, type Verdict } from './report/result.ts';
export { DEFAULTS, type VerifyOptions } from './run.ts';
export { verify } from './verify.ts';
