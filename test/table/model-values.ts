/**
 * Types of the model: which text a column accepts, and how two values compare. One character of a text is one byte, so
 * the order of texts is the order of bytes.
 */

const ACCEPTED: Record<string, RegExp> = {
  integer: /^[+-]?[0-9]+$/,
  float: /^[+-]?(?=[0-9.])[0-9]*\.?[0-9]*$/,
  date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
};

/** Returns whether a column of this type accepts the text. An unknown type accepts everything. */
export function accepts(type: string, text: string): boolean {
  return ACCEPTED[type.toLowerCase()]?.test(text) ?? true;
}

export type Operator = '=' | '<' | '>' | '<=' | '>=';

/** Compares a row's value with a query value, both as the column's type. */
export function compares(type: string, value: string, operator: Operator, query: string): boolean {
  const kind = type.toLowerCase();
  if (kind === 'integer') return holds(integerOf(value), operator, integerOf(query));
  if (kind === 'float') return holds(floatOf(value), operator, floatOf(query));
  return holds(value, operator, query);
}

function holds<T extends bigint | number | string>(left: T, operator: Operator, right: T): boolean {
  if (operator === '=') return left === right;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

const [MIN, MAX] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Reads the start of a text like atoll of C: white space, sign, digits; limited to 64 bits. */
export function integerOf(text: string): bigint {
  const [, sign, digits] = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)/.exec(text) ?? [];
  if (digits === undefined) return 0n;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  if (value < MIN) return MIN;
  return value > MAX ? MAX : value;
}

const HEXADECIMAL = /^0x(?=[0-9a-f]|\.[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?/i;
const DECIMAL = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?/i;

/** Reads the start of a text like atof of C, with exponents, hexadecimal numbers, `inf`, and `nan`. */
export function floatOf(text: string): number {
  const [start = '', sign] = /^[ \t\n\v\f\r]*([+-]?)/.exec(text) ?? [];
  const magnitude = magnitudeOf(text.slice(start.length));
  return sign === '-' ? -magnitude : magnitude;
}

function magnitudeOf(text: string): number {
  if (/^inf/i.test(text)) return Infinity;
  if (/^nan/i.test(text)) return NaN;
  const hexadecimal = HEXADECIMAL.exec(text);
  if (!hexadecimal) return Number(DECIMAL.exec(text)?.[0] ?? 0);
  const [, whole = '', fraction = '', exponent = '0'] = hexadecimal;
  // The digits of the tests fit into a double, so the product is exact.
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
}
