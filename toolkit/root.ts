import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project. The compiled files are two levels below it. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
