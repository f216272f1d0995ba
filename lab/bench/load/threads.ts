/** Runs one of the writing threads until it ends. */
import { Worker } from 'node:worker_threads';

/** @throws Error if the thread fails or its writes are rejected. */
export function runThread<Result extends { error?: string | undefined }>(
  file: 'pacer' | 'pipeliner',
  workerData: object,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(`./${file}.js`, import.meta.url), { workerData });
    let result: Result | undefined;
    thread.on('message', (message: Result) => {
      result = message;
    });
    thread.on('error', reject);
    thread.on('exit', () => {
      if (!result) reject(new Error(`the ${file} ended without a result`));
      else if (result.error !== undefined) reject(new Error(result.error));
      else resolve(result);
    });
  });
}
