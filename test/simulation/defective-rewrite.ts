/** Runs in a worker thread: a watch whose rewrite has a defect. The thread must end with its error. */
import { SHARED_KEY } from './node.ts';
import { watcher } from './script-writer.ts';

const { acknowledged, script, start } = watcher();
const [first] = [acknowledged(), acknowledged()];
script.set(SHARED_KEY, first.text, 'none');
void start(() => {
  throw new TypeError('a defect');
});
await script.pass(1);
