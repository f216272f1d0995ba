/** Lets several samples share the time: they run at the same time, and their work runs in turn. */

/** Runs work some times, in turn with that of the other members, and returns its results. */
export type InTurn = <Result>(times: number, work: () => Promise<Result>) => Promise<Result[]>;

/**
 * Returns the function that each member calls once. No work starts before all members are ready, and none of them continues
 * before all have finished: the start and the end of a sample would disturb the work of the others.
 */
export function turns(members: number): InTurn {
  const [ready, finished] = [meeting(members), meeting(members)];
  let last: Promise<unknown> = Promise.resolve();
  return async (times, work) => {
    await ready();
    const results = [];
    try {
      for (let i = 0; i < times; i += 1) {
        const turn = last.then(work);
        last = turn.catch(() => {});
        results.push(await turn);
      }
    } finally {
      await finished();
    }
    return results;
  };
}

/** Returns a function that waits until all members have called it. */
function meeting(members: number): () => Promise<void> {
  let missing = members;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return all;
  };
}
