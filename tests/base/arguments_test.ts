import { assertEquals, assertThrows } from "@std/assert";
import {
  assertArray,
  assertBoolean,
  assertFunction,
  assertInteger,
  assertIterable,
  assertOneOf,
  assertSeconds,
  assertSignal,
  assertString,
  quote,
} from "../../src/base/mod.ts";

Deno.test("the checks of arguments have one wording, and leave right values alone", () => {
  const cases: [check: (value: unknown) => void, expected: string][] = [
    [(value) => assertString(value, "a"), "a string, got number"],
    [(value) => assertBoolean(value, "a"), "a boolean, got number"],
    [(value) => assertArray(value, "a"), "an array, got number"],
    [
      (value) => assertIterable(value, "a"),
      "an array or another iterable, got number",
    ],
    [(value) => assertFunction(value, "a"), "a function, got number"],
    [
      (value) => assertOneOf(value, "a", ["x", "y", "z"]),
      '"x", "y" or "z", got number',
    ],
  ];
  for (const [check, expected] of cases) {
    const { message } = assertThrows(() => check(7), TypeError);
    assertEquals(message, `Cannot use a: expected ${expected}`);
  }
  const right = [["a", "b"], [true], [["a"]], [new Set()], [undefined, eval], [
    "x",
    "z",
  ]];
  for (const [at, [check]] of cases.entries()) right[at]?.forEach(check);
  assertSignal(undefined);
  assertEquals(
    assertThrows(() => assertSignal({}), TypeError).message,
    "Cannot use signal: expected an AbortSignal, got object",
  );
});

Deno.test("a wrong value is part of the message, and one of the wrong type is not", () => {
  const wrong: [check: () => void, message: string][] = [
    [
      () => assertInteger(0, "maxConcurrent", 1),
      "Cannot use maxConcurrent: expected an integer ≥ 1, got 0",
    ],
    [
      () => assertInteger(0.5, "days", Number.MIN_SAFE_INTEGER),
      "Cannot use days: expected an integer, got 0.5",
    ],
    [
      () => assertSeconds(0, "timeout"),
      "Cannot use timeout: expected a number of seconds > 0 and ≤ 2147483, got 0",
    ],
    [
      () => assertOneOf("c", "mode", ["a", "b"]),
      'Cannot use mode: expected "a" or "b", got \'c\'',
    ],
  ];
  for (const [check, message] of wrong) {
    assertEquals(assertThrows(check, RangeError).message, message);
  }
  for (const [value, type] of [[null, "null"], [[1], "array"]] as const) {
    assertEquals(
      assertThrows(() => assertString(value, "key"), TypeError).message,
      `Cannot use key: expected a string, got ${type}`,
    );
  }
});

Deno.test("quote() is short, on one line, and shows nothing that a terminal would obey", () => {
  assertEquals(quote('a "b"\n'), `'a "b"\\n'`);
  assertEquals(quote("a\u001b[31m\u202e"), "'a\\u001b[31m\\u{202e}'");
  assertEquals(quote("x".repeat(101)), `'${"x".repeat(100)}…'`);
  assertEquals(quote(7), "number");
});
