/**
 * The checks that every public method makes before a request is sent.
 *
 * @module
 */

/** A value as a text that is safe to put into a message: short, and on one line. */
export function quote(value: unknown): string {
  if (typeof value !== "string") return String(typeof value);
  const short = value.length > 100 ? `${value.slice(0, 100)}…` : value;
  const escaped = JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"');
  return `'${escapeInvisible(escaped)}'`;
}

/** What a terminal would obey or not show: controls, and marks that turn the reading direction. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text with such characters written as numbers. */
export function escapeInvisible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Text of unknown origin on one line, with nothing in it that a terminal would obey. */
export function plainText(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().replaceAll(INVISIBLE, "\ufffd");
}

/** Asserts that a value is a string. */
export function assertString(
  value: unknown,
  name: string,
): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeof value}: a string is wanted`,
    );
  }
}

/** Asserts that a value is `true` or `false`. */
export function assertBoolean(
  value: unknown,
  name: string,
): asserts value is boolean {
  if (typeof value !== "boolean") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeof value}: true or false is wanted`,
    );
  }
}

/** Asserts that a value is an integer from `least` on. */
export function assertInteger(
  value: unknown,
  name: string,
  least: number,
): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeof value}: a number is wanted`,
    );
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `Cannot use ${value} as ${name}: an integer of ${least} or more is wanted`,
    );
  }
}

/** The longest delay that timers take, in seconds: 2^31 - 1 milliseconds, rounded down. */
const MAX_SECONDS = 2_147_483;

/** Asserts that a value is a number of seconds above zero that a timer can wait. */
export function assertSeconds(
  value: unknown,
  name: string,
): asserts value is number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeof value}: a number of seconds is wanted`,
    );
  }
  if (!(value > 0 && value <= MAX_SECONDS)) {
    throw new RangeError(
      `Cannot use ${value} as ${name}: a number of seconds above 0 and up to ${MAX_SECONDS} is wanted`,
    );
  }
}

/** Asserts that a value is a function, or not given. */
export function assertFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeof value}: a function is wanted`,
    );
  }
}

/** Asserts that a value is an `AbortSignal`, or not given. */
export function assertSignal(value: unknown): void {
  if (value !== undefined && !(value instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot use signal of type ${typeof value}: an AbortSignal is wanted`,
    );
  }
}

const encoder = new TextEncoder();
/** S3's own limit on a key's length, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** What is wrong with a text as part of a key, or `undefined`. */
function findKeyFault(key: string): string | undefined {
  if (encoder.encode(key).length > MAX_KEY_BYTES) {
    return `it is longer than ${MAX_KEY_BYTES} bytes`;
  }
  if (!key.isWellFormed()) return "it is not well-formed Unicode";
  if (key.startsWith("/")) return "it begins with a slash";
  if (key.includes("\\")) return "it contains a backslash";
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (/[\0-\x1f\x7f]/.test(key)) return "it contains a control character";
  if (key.split("/").some((part) => part === "." || part === "..")) {
    return "it contains a '.' or '..' segment";
  }
}

/** Asserts that a value can be an object's key and is not made to be taken for a path. */
export function assertKey(key: unknown): asserts key is string {
  assertString(key, "key");
  const fault = key === "" ? "it is empty" : findKeyFault(key);
  if (fault !== undefined) {
    throw new RangeError(`Cannot use ${quote(key)} as a key: ${fault}`);
  }
}

/** Asserts that a value can be the beginning of a key; the empty text stands for all keys. */
export function assertPrefix(prefix: unknown): asserts prefix is string {
  assertString(prefix, "prefix");
  const fault = findKeyFault(prefix);
  if (fault !== undefined) {
    throw new RangeError(`Cannot use ${quote(prefix)} as a prefix: ${fault}`);
  }
}
