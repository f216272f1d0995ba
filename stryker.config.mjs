// Mutation testing: Stryker changes the sources one place at a time, and runs the test files that reach this place. It
// lists each change that no test detects. This command is not part of CI, because it takes minutes.
//
//     npm run test:mutation                          all modules below
//     npm run test:mutation -- -m common/value.ts    one module; more with commas, without braces
//
// The exit code is 1 if the tests detect less than 90 % of the changes. results/mutation.html shows each change in its
// source. If a change cannot alter the behavior, the source states this: `// Stryker disable next-line <mutator>: <reason>`.

/** Modules with fast tests of their own. */
const TESTED = [
  'common/{value,observations,nodes,settings,setting-schemas,channels,clock}.ts',
  'writer/{history,clock-offsets}.ts',
  'lab/faults/checks/*.ts',
  'lab/bench/summary/*.ts',
];
/** Modules that test/simulation runs on a virtual clock, against a model of a node. */
const SIMULATED = [
  '{sync,async}-observer/observe.ts',
  'sync-observer/notifications.ts',
  'async-observer/wake-ups.ts',
  'writer/{watch,write}.ts',
];
/** Modules whose tests start nodes, so each change takes seconds. */
const WITH_NODES = ['lab/verifier/compare/*.ts'];

// Each change runs the simulation once more, so with fewer schedules than in `npm test`.
process.env.SIMULATION_RUNS ??= '300';

export default {
  mutate: [...TESTED, ...SIMULATED, ...WITH_NODES],
  buildCommand: 'tsc',
  testRunner: 'tap',
  tap: {
    testFiles: [
      'dist/test/unit/*.test.js',
      'dist/test/simulation/*.test.js',
      'dist/test/faults/{check-*,recorder}.test.js',
      'dist/test/verifier/{parts,rounds*,walk,describe-*}.test.js',
      'dist/test/bench/{guarantees,summary}.test.js',
    ],
    // After a failure, a test file continues to its end, because it stops the nodes that it started.
    forceBail: false,
    nodeArgs: ['--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'],
  },
  // Stryker would read tsconfig.json with an interface that TypeScript 7 does not have. The file needs no change.
  tsconfigFile: 'none',
  concurrency: 2,
  // On a busy machine, a shorter timeout would count slow tests as detected changes.
  timeoutMS: 20_000,
  // Stryker warns about each test file, because the compiled files do not exist before its build command.
  logLevel: 'error',
  thresholds: { high: 90, low: 90, break: 90 },
  reporters: ['progress', 'clear-text', 'html'],
  clearTextReporter: { logTests: false, reportTests: false },
  htmlReporter: { fileName: 'results/mutation.html' },
  ignorePatterns: ['backups', 'coverage', 'data', 'dist', 'results', 'secrets'],
  cleanTempDir: 'always',
};
