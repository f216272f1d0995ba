import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conflated } from '../../writer/conflated.ts';
import { eventually } from '../helpers/eventually.ts';

test('many requests during a run cause one more run, separately for each key', async () => {
  const conflated = new Conflated();
  const runs: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const work = (key: string) => () => {
    runs.push(key);
    return gate;
  };
  for (let i = 0; i < 100; i += 1) conflated.run('a', work('a'));
  conflated.run('b', work('b'));
  assert.deepEqual(runs, ['a', 'b']);
  release();
  await eventually(() => assert.deepEqual(runs, ['a', 'b', 'a']));
  conflated.run('a', work('a'));
  await eventually(() => assert.deepEqual(runs, ['a', 'b', 'a', 'a']));
});
