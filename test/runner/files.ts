/** Finds the test files that an argument of `npm test` names. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { root } from '../../toolkit/root.ts';

/** Needs Docker, so only its name selects it. */
const ASKED_FOR = 'compose';
const SLOW = '.slow.test.ts';

export interface TestFiles {
  quick: string[];
  slow: string[];
}

/**
 * Returns the compiled files of the tests in folders of test/ or in files; without a path, of all tests without Docker.
 * @param all whether to include the slow tests of a folder. A path to a slow file always includes it.
 * @throws Error that names a path without tests.
 */
export async function filesOf(paths: readonly string[], all: boolean): Promise<TestFiles> {
  const folders = await testFolders();
  const wanted = paths.length > 0 ? paths : folders.filter((folder) => folder !== ASKED_FOR);
  const found = await Promise.all(wanted.map((path) => sourcesOf(path, all, folders)));
  const sources = [...new Set(found.flat())];
  const compiled = (names: string[]) => names.map((name) => join(root, 'dist', name.replace(/\.ts$/, '.js')));
  return {
    quick: compiled(sources.filter((name) => !name.endsWith(SLOW))),
    slow: compiled(sources.filter((name) => name.endsWith(SLOW))),
  };
}

/** Returns paths of sources, relative to the project. */
async function sourcesOf(path: string, all: boolean, folders: readonly string[]): Promise<string[]> {
  for (const candidate of [join(root, path), join(root, 'test', path)]) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile() && candidate.endsWith('.test.ts')) return [relative(root, candidate)];
    // Not monitor/, whose tests are in test/monitor/.
    if (!folders.some((folder) => candidate === join(root, 'test', folder))) continue;
    const names = await testsIn(candidate);
    const chosen = names.filter((name) => all || !name.endsWith(SLOW));
    if (chosen.length > 0) return chosen.map((name) => relative(root, join(candidate, name)));
    throw new Error(`test/${basename(candidate)} has only slow tests: npm run test:all -- ${path}`);
  }
  const example = 'a file such as test/unit/value.test.ts';
  throw new Error(`there is no test ${path}: expected a folder (${folders.join(', ')}) or ${example}`);
}

async function testFolders(): Promise<string[]> {
  const entries = await readdir(join(root, 'test'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const tests = await Promise.all(folders.map((folder) => testsIn(join(root, 'test', folder))));
  return folders.filter((_, i) => tests[i]?.length).sort();
}

async function testsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).sort();
}
