/** The files for public continuous integration, which no local run executes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../toolkit/root.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

// The parser imports JSON without the attribute that Node requires: github.com/actions/languageservices/issues/387.
const hook = `export const load = (url, context, next) =>
  next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
);

async function errorsIn(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'ci.yml', content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

test('the workflow follows the schema of GitHub Actions', async () => {
  const workflow = read('.github/workflows/ci.yml');
  assert.deepEqual(await errorsIn(workflow), []);
  assert.match(
    (await errorsIn(workflow.replace('runs-on', 'runs_on'))).join('\n'),
    /Unexpected value 'runs_on'/,
  );
});

test('the workflow pins each action to a commit', () => {
  const actions = read('.github/workflows/ci.yml').match(/uses: .*/g) ?? [];
  assert.ok(actions.length > 0);
  for (const action of actions) assert.match(action, /^uses: [\w/-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
});

test('all files name the same image of KeyDB, with its version', () => {
  const files = ['docker-compose.yaml', 'docker-compose.secure.yaml', 'docs/compose.md'];
  const images = files.map((file) => read(file).match(/eqalpha\/keydb:[\w.]+/)?.[0]);
  assert.match(images[0] ?? '', /_v\d+\.\d+\.\d+$/);
  assert.equal(new Set(images).size, 1, images.join(', '));
});
