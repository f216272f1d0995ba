import { UsageError } from '../verifier/node/errors.ts';

/** Does something with a file. @throws UsageError that names the file and says what the system said. */
export async function withFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('E') !== true || code.startsWith('ERR_')) throw error;
    throw new UsageError(`${file}: ${message}`);
  }
}
