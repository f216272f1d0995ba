/** The file TABLE_ACL_FILE: read at the start, and again whenever it changes. */
import { unwatchFile, watchFile } from 'node:fs';
import { readSettingFile } from '../common/client-options.ts';
import type { Logger } from '../common/logger.ts';
import { SettingsError } from '../common/settings.ts';
import { shown } from '../common/value.ts';
import { InvalidAccessFile, parseUsers, type Users } from './access-rules.ts';
import { commands } from './commands.ts';
import { Guard } from './guard.ts';

/** A change takes effect within this time, in milliseconds. Polled, because not all file systems report changes. */
const POLL_MS = 1_000;

const TABLE_COMMANDS = new Map(commands.map((command) => [command.name, command]));

export class AccessFile {
  readonly #path: string;
  #users: Users;

  /** @throws SettingsError if the file cannot be read or contains an invalid line. */
  constructor(path: string) {
    this.#path = path;
    this.#users = this.#read();
  }

  /** Returns the guard of a new connection. */
  guard(): Guard {
    return new Guard(() => this.#users, TABLE_COMMANDS);
  }

  /** Applies each change of the file, also to connected clients. @returns a function that ends this. */
  watch(log: Logger): () => void {
    const onChange = () => {
      try {
        this.#users = this.#read();
        log.info({ event: 'access', users: this.#users.size }, `table uses the new rules of ${this.#path}`);
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        log.warn(
          { event: 'access', reason: error.message },
          `table keeps the previous rules: ${error.message}`,
        );
      }
    };
    watchFile(this.#path, { interval: POLL_MS, persistent: false }, onChange);
    return () => unwatchFile(this.#path, onChange);
  }

  #read(): Users {
    const text = readSettingFile('TABLE_ACL_FILE', this.#path).toString();
    try {
      return parseUsers(text, [...TABLE_COMMANDS.keys()]);
    } catch (error) {
      if (!(error instanceof InvalidAccessFile)) throw error;
      throw new SettingsError(
        error.problems.map((problem) => `TABLE_ACL_FILE: ${shown(this.#path)} ${problem}`),
      );
    }
  }
}
