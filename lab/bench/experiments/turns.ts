/** Lets several samples share the time: they run at the same time, and their work runs in turn. */

/** Runs work some times, in turn with that of the other callers, and returns its results. */
export type InTurn = <Result>(times: number, work: () => Promise<Result>) => Promise<Result[]>;

export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return async (times, work) => {
    const results = [];
    for (let i = 0; i < times; i += 1) {
      const turn = last.then(work);
      last = turn.catch(() => {});
      results.push(await turn);
    }
    return results;
  };
}
