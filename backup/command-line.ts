/** What the command lines of backup and restore have in common. */
import { type Command, CommanderError } from 'commander';
import { UsageError } from '../verifier/node/errors.ts';

/** Reads the command line. @throws UsageError; exits 0 after --help. */
export function parseOrThrow(command: Command, argv: readonly string[]): void {
  try {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .parse(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) process.exit(0);
    throw new UsageError(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ')} (see --help)`);
  }
}

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
