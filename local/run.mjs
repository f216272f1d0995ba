// Runs one entry of the project from its sources: installs the dependencies if they are missing or outdated, compiles
// what changed, then goes on in this same process, so that a signal reaches the service and its exit code is npm's (which
// is also why the scripts in package.json say exec: the shell between npm and a service would pass no signal on).
//
//     node local/run.mjs [entry [argument...]]       entry: a source file without .ts, writer/main say
//
// Plain JavaScript without dependencies, because there may be none yet.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MIN_NODE = 20;

if (Number.parseInt(process.versions.node, 10) < MIN_NODE) {
  fail(
    `Node ${MIN_NODE} or newer is needed, this is ${process.versions.node}: install a current one and run this again`,
  );
}
if (!installed()) {
  process.stderr.write('Installing the dependencies…\n');
  if (!succeeds('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])) {
    fail('The dependencies could not be installed: see above, then run npm ci');
  }
}
if (!succeeds(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root])) {
  fail('The sources do not compile: see above');
}

const [entry, ...args] = process.argv.slice(2);
if (entry !== undefined) {
  const file = join(root, 'dist', `${entry}.js`);
  if (!existsSync(file)) fail(`There is no ${entry}.ts in this project`);
  process.setSourceMapsEnabled(true);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

/** npm leaves its own record of what it installed; a lockfile newer than that has not been installed yet. */
function installed() {
  const record = join(root, 'node_modules/.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function succeeds(command, commandArgs) {
  return spawnSync(command, commandArgs, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
