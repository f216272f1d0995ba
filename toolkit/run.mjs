// Runs an entry of the project from its source: installs missing or outdated dependencies, compiles changed files, and
// runs the entry in this process. Signals therefore reach the service, and npm returns its exit code. The scripts in
// package.json use exec for the same reason: a shell between npm and a service would not forward signals.
//
//     node toolkit/run.mjs [entry [argument...]]       entry: a source file without .ts, for example writer/main
//
// Plain JavaScript without dependencies, because none may be installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [oldest] = engines.node.match(/\d[\d.]*/);

// Not by text, where 20.5 is newer than 20.12.
if (process.versions.node.localeCompare(oldest, 'en', { numeric: true }) < 0) {
  fail(
    `Node.js ${oldest} or newer is needed, and this is ${process.versions.node}. Install a newer Node.js, then run this again`,
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

/** npm records what it installed. A lockfile newer than that record has not been installed yet. */
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
