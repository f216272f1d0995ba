/** Reads and writes the files that a user names. */
import { access, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './node/errors.ts';

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

/** @throws UsageError if the file exists. */
export async function rejectExisting(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw new UsageError(`${file} already exists: choose another name with --out`);
}

/**
 * Writes a file atomically: it is either complete or absent. Until it is complete and synced, the data is in
 * `<file>.partial`, which only its owner can read.
 * @throws UsageError if the file cannot be written, or the error of `write`.
 */
export async function writeAtomically<T>(
  file: string,
  write: (output: FileHandle) => Promise<T>,
): Promise<T> {
  const partial = `${file}.partial`;
  try {
    const result = await withFile(partial, async () => {
      await mkdir(dirname(partial), { recursive: true });
      const output = await open(partial, 'w', 0o600);
      try {
        const written = await write(output);
        await output.sync();
        return written;
      } finally {
        await output.close();
      }
    });
    await withFile(file, () => publish(partial, file));
    return result;
  } finally {
    await rm(partial, { force: true });
  }
}

async function publish(partial: string, file: string): Promise<void> {
  await rename(partial, file);
  // A rename is durable only after a sync of the folder.
  const folder = await open(dirname(file));
  await folder.sync();
  await folder.close();
}
