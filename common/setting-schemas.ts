/** The form of a setting's row, and checks of single settings, each with the text for `expected` in its error. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { type Node, parseNode } from './nodes.ts';

export interface Row<T> {
  default: string;
  /** Whether an empty variable is a value. For other settings, it counts as absent. */
  mayBeEmpty?: true;
  unit?: string;
  about: string;
  schema: z.ZodType<T, string>;
}

/** Keeps the type of each row's value. */
export function row<T>(given: Row<T>): Row<T> {
  return given;
}

/** Returns a schema for a whole number within inclusive bounds. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const message = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** `true` or `false`, in words. */
export function flag(): z.ZodType<boolean, string> {
  return z.enum(['true', 'false'], { message: 'true or false' }).transform((text) => text === 'true');
}

/** Returns a schema for one of several words. */
export function oneOf<const T extends string>(...choices: T[]): z.ZodType<T, string> {
  const message = `one of ${choices.join(', ')}`;
  return z.string().transform((text, context) => {
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    context.addIssue(message);
    return z.NEVER;
  });
}

/** A key of the database. */
export function key(): z.ZodType<string, string> {
  return z.string().max(512, 'a key of at most 512 characters');
}

/** A schema from a export function that throws an error saying what it expected. */
export function parsed<T>(parse: (text: string) => T): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  });
}

/** Returns where to listen: `port` of the loopback interface, or `host:port`. @throws Error that names both. */
export function listenAddress(text: string): Node {
  try {
    return parseNode(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text);
  } catch {
    throw new Error('a port from 1 to 65535, or host:port such as 0.0.0.0:9464');
  }
}

/** Returns the names of nodes by address. @throws Error that names the expected form. */
export function peerNames(text: string): ReadonlyMap<string, string> {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='));
  return new Map(
    pairs.map(([address = '', ...rest]) => {
      try {
        return [parseNode(address).name, parseNode(rest.join('=')).name];
      } catch {
        throw new Error('address=name, comma separated, both as host:port');
      }
    }),
  );
}

/** Returns a service's name with `{hostname}` replaced. @throws Error if it could be parsed as a pair of a value. */
export function serviceName(text: string): string {
  const name = text.replaceAll('{hostname}', hostname());
  if (name.length <= 100 && /^[\w.-]*$/.test(name) && !['seq', 'micros', 'timestamp'].includes(name))
    return name;
  throw new Error('letters, digits, ".", "_" and "-", at most 100, and none of seq, micros, timestamp');
}
