/** Runs the Linux programs that create and configure networks. */
import { execa } from 'execa';

/** Runs `ip` with these arguments. @throws Error with its error output. */
export async function ip(words: string): Promise<string> {
  return runWords('ip', words);
}

/** Runs a program inside a network namespace. @throws Error with its error output. */
export async function inNamespace(namespace: string, program: string, words: string): Promise<string> {
  return runWords('ip', `netns exec ${namespace} ${program} ${words}`);
}

async function runWords(program: string, words: string): Promise<string> {
  const { failed, stdout, stderr, shortMessage } = await execa(program, words.split(' '), {
    reject: false,
    stdin: 'ignore',
    // Uses a separate process group so that Ctrl-C reaches only the lab, which needs these programs to clean up.
    detached: true,
    cleanup: false,
  });
  if (failed) throw new Error(`${program} ${words}: ${stderr?.trim() || shortMessage}`);
  return stdout ?? '';
}
