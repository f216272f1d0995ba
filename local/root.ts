import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder; the compiled files are two levels below it. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
