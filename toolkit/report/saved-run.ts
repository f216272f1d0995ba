/** Loads a run that a tool has saved as JSON. */
import { readFile } from 'node:fs/promises';

/**
 * Returns the run in a file.
 * @param format version that this program can read.
 * @throws Error with the file if it cannot be read, contains no JSON, or has another format.
 */
export async function loadSavedRun<T extends { format: number }>(file: string, format: number): Promise<T> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  let run: T | null;
  try {
    run = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} contains no JSON: ${(error as Error).message}`);
  }
  if (run?.format !== format) throw new Error(`${file} has format ${run?.format}, expected ${format}`);
  return run;
}
