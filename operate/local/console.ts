/** Prints the lines of several processes on one terminal, each with the name of its process as prefix. */

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { styleText } from 'node:util';
import { SERVICE_TABLE, SERVICES } from '../../common/services.ts';

const WIDTH = Math.max(...SERVICES.map(({ length }) => length));

/** Prints a line with the name of its process as prefix. */
export function say(name: string, line: string): void {
  const label = `${name.padEnd(WIDTH)} |`;
  const service = SERVICES.find((one) => one === name);
  const color = service ? SERVICE_TABLE[service].color : 'gray';
  process.stdout.write(`${process.stdout.isTTY ? styleText(color, label) : label} ${line}\n`);
}

/** Prints each line of a stream, in order of arrival. */
export function sayLines(name: string, stream: Readable): void {
  createInterface({ input: stream }).on('line', (line) => say(name, line));
}
