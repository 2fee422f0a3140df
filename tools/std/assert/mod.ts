/**
 * A stand-in for the parts of `jsr:@std/assert` that this project uses, for
 * machines that cannot reach JSR. Same signatures, same outcomes; the messages
 * are plainer.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";

// deno-lint-ignore no-explicit-any -- the real module's own signature
type ErrorClass<E> = abstract new (...args: any[]) => E;

/** Thrown where an assertion does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function refuse(message: string, note?: string): never {
  throw new AssertionError(
    note === undefined ? message : `${message}: ${note}`,
  );
}

function show(value: unknown): string {
  return Deno.inspect(value, {
    depth: 10,
    sorted: true,
    trailingComma: true,
    compact: false,
  });
}

/** Deep equality that takes 0 and -0 for the same, as the real module does. */
function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutMinusZero(a), withoutMinusZero(b));
}

function withoutMinusZero(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (
    typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, withoutMinusZero(part)]),
    );
  }
  return value;
}

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Asserts that `expr` is falsy. */
export function assertFalse(expr: unknown, msg?: string): void {
  if (expr) refuse(`Expected a falsy value, got ${show(expr)}`, msg);
}

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  refuse(
    `Values are not equal\n  actual: ${show(actual)}\nexpected: ${
      show(expected)
    }\n`,
    msg,
  );
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) {
    refuse(`Both values are ${show(actual)}`, msg);
  }
}

/** Asserts that two values are the same one, as `Object.is` sees it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) {
    refuse(
      `Values are not the same\n  actual: ${show(actual)}\nexpected: ${
        show(expected)
      }`,
      msg,
    );
  }
}

/** Asserts that a value is neither `null` nor `undefined`. */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    refuse(`Expected a value, got ${actual}`, msg);
  }
}

/** Asserts that `actual` is an instance of `expectedType`. */
export function assertInstanceOf<E>(
  actual: unknown,
  expectedType: ErrorClass<E>,
  msg = "",
): asserts actual is E {
  if (!(actual instanceof expectedType)) {
    refuse(
      `Expected an instance of ${expectedType.name}, got ${show(actual)}`,
      msg || undefined,
    );
  }
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (!expected.test(actual)) {
    refuse(`Expected ${show(actual)} to match ${expected}`, msg);
  }
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (!actual.includes(expected)) {
    refuse(`Expected ${show(actual)} to contain ${show(expected)}`, msg);
  }
}

/** Asserts that `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) {
    refuse(`Expected ${show(actual)} > ${show(expected)}`, msg);
  }
}

/** Asserts that `actual` is less than or equal to `expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (!(actual <= expected)) {
    refuse(`Expected ${show(actual)} <= ${show(expected)}`, msg);
  }
}

/** Fails. */
export function fail(msg?: string): never {
  refuse("Failed assertion", msg);
}

function checkError<E extends Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): asserts error is E {
  if (errorClass !== undefined && !(error instanceof errorClass)) {
    refuse(
      `Expected error to be an instance of ${errorClass.name}, got ${
        show(error)
      }`,
      msg,
    );
  }
  if (!(error instanceof Error)) {
    refuse(`Expected an Error, got ${show(error)}`, msg);
  }
  if (msgIncludes !== undefined && !error.message.includes(msgIncludes)) {
    refuse(
      `Expected error message to include ${show(msgIncludes)}, got ${
        show(error.message)
      }`,
      msg,
    );
  }
}

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an error of a class, with a text in its message, and returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  let thrown: { error: unknown } | undefined;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  if (thrown === undefined) refuse("Expected function to throw", note);
  if (typeof classOrMsg === "function") {
    checkError(thrown.error, classOrMsg, msgIncludes, msg);
  }
  return thrown.error;
}

/** Asserts that `fn`'s promise rejects, and returns what it rejected with. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Asserts that `fn`'s promise rejects with an error of a class and a text in its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: PromiseLike<unknown> | undefined;
  let thrown: { error: unknown } | undefined;
  try {
    promise = fn();
    await promise;
  } catch (error) {
    thrown = { error };
  }
  if (thrown === undefined) refuse("Expected function to reject", note);
  if (promise === undefined) {
    refuse("Function throws when expected to reject", note);
  }
  if (typeof classOrMsg === "function") {
    checkError(thrown.error, classOrMsg, msgIncludes, msg);
  }
  return thrown.error;
}
