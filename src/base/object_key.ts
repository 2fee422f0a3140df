import { assertString } from "./arguments.ts";
import { quote } from "./quote.ts";

/** S3's own limit on a key's length, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

const encoder = new TextEncoder();

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

/** Asserts that a value can be an object's key and cannot be mistaken for another path. */
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
