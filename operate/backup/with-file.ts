import { UsageError } from '../../toolkit/node/errors.ts';

/** Runs work on a file. @throws UsageError with the file name and the system's error. */
export async function withFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('E') !== true || code.startsWith('ERR_')) throw error;
    throw new UsageError(`${file}: ${message}`);
  }
}
