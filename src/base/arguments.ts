/**
 * The checks of arguments that public methods make before any request, and the one
 * wording of their errors: "Cannot use maxRetries: expected an integer ≥ 0, got -1".
 *
 * @module
 */

import { quote } from "./quote.ts";

/** The error for an argument of the wrong type. The value itself may be a secret. */
export function wrongType(
  name: string,
  expected: string,
  value: unknown,
): TypeError {
  const type = value === null
    ? "null"
    : Array.isArray(value)
    ? "array"
    : typeof value;
  return new TypeError(`Cannot use ${name}: expected ${expected}, got ${type}`);
}

/** The error for an argument with a wrong value, which is part of the message. */
export function wrongValue(
  name: string,
  expected: string,
  value: string | number,
): RangeError {
  return new RangeError(
    `Cannot use ${name}: expected ${expected}, got ${
      typeof value === "string" ? quote(value) : value
    }`,
  );
}

/** Asserts that a value is a string. */
export function assertString(
  value: unknown,
  name: string,
): asserts value is string {
  if (typeof value !== "string") throw wrongType(name, "a string", value);
}

/** Asserts that a value is one of a few strings. */
export function assertOneOf<Choice extends string>(
  value: unknown,
  name: string,
  choices: readonly Choice[],
): asserts value is Choice {
  const quoted = choices.map((choice) => `"${choice}"`);
  const expected = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  if (typeof value !== "string") throw wrongType(name, expected, value);
  if (!choices.some((choice) => choice === value)) {
    throw wrongValue(name, expected, value);
  }
}

/** Asserts that a value is `true` or `false`. */
export function assertBoolean(
  value: unknown,
  name: string,
): asserts value is boolean {
  if (typeof value !== "boolean") throw wrongType(name, "a boolean", value);
}

/** Asserts that a value is an integer that is not less than `least`. */
export function assertInteger(
  value: unknown,
  name: string,
  least: number,
): asserts value is number {
  const expected = least === Number.MIN_SAFE_INTEGER
    ? "an integer"
    : `an integer ≥ ${least}`;
  if (typeof value !== "number") throw wrongType(name, expected, value);
  if (!Number.isSafeInteger(value) || value < least) {
    throw wrongValue(name, expected, value);
  }
}

/** The longest delay that timers take, in seconds: 2^31 - 1 milliseconds, rounded down. */
const MAX_SECONDS = 2_147_483;

/** Asserts that a value is a number of seconds above zero that a timer can wait. */
export function assertSeconds(
  value: unknown,
  name: string,
): asserts value is number {
  const expected = `a number of seconds > 0 and ≤ ${MAX_SECONDS}`;
  if (typeof value !== "number") throw wrongType(name, expected, value);
  if (!(value > 0 && value <= MAX_SECONDS)) {
    throw wrongValue(name, expected, value);
  }
}

/** Asserts that a value is an array. */
export function assertArray(
  value: unknown,
  name: string,
): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(name, "an array", value);
}

/** Asserts that a value is an array, a set or another iterable object. */
export function assertIterable(
  value: unknown,
  name: string,
): asserts value is Iterable<unknown> {
  if (
    typeof value !== "object" || value === null || !(Symbol.iterator in value)
  ) throw wrongType(name, "an array or another iterable", value);
}

/** Asserts that a value is a function, or not given. */
export function assertFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== "function") {
    throw wrongType(name, "a function", value);
  }
}

/** Asserts that a value is an `AbortSignal`, or not given. */
export function assertSignal(value: unknown): void {
  if (value !== undefined && !(value instanceof AbortSignal)) {
    throw wrongType("signal", "an AbortSignal", value);
  }
}
