/** Runs tasks for the parent process, and ends with it. */

export interface Request {
  id: number;
  task: string;
  argument: unknown;
}

export interface Answer {
  id: number;
  result?: unknown;
  /** Reason for a missing result. */
  error?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: each task has its own argument type, checked where it is sent
type Tasks = Record<string, (argument: any) => Promise<unknown>>;

/** Answers each request with the result of the named task. */
export function answerParent(tasks: Tasks): void {
  process.on('message', async ({ id, task, argument }: Request) => {
    const answer: Answer = { id };
    try {
      answer.result = await tasks[task]?.(argument);
    } catch (error) {
      answer.error = (error as Error).message;
    }
    if (process.connected) process.send?.(answer);
  });
  process.on('disconnect', () => process.exit(0));
}
