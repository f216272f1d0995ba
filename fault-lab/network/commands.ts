/** The programs that make and break networks on Linux. */
import { execa } from 'execa';

/** Runs `ip` with these words. @throws Error with what it complained of. */
export async function ip(words: string): Promise<string> {
  return runWords('ip', words);
}

/** Runs a program inside a network namespace. @throws Error with what it complained of. */
export async function inNamespace(namespace: string, program: string, words: string): Promise<string> {
  return runWords('ip', `netns exec ${namespace} ${program} ${words}`);
}

async function runWords(program: string, words: string): Promise<string> {
  const { failed, stdout, stderr, shortMessage } = await execa(program, words.split(' '), {
    reject: false,
    stdin: 'ignore',
    // Its own group: Ctrl-C is for the lab alone, which needs these programs to clean up.
    detached: true,
    cleanup: false,
  });
  if (failed) throw new Error(`${program} ${words}: ${stderr?.trim() || shortMessage}`);
  return stdout ?? '';
}
