/**
 * Runs the same cases against the stand-ins under `tools/std/` and the real modules,
 * and exits with 1 where an outcome differs. It needs JSR.
 */
// deno-lint-ignore-file no-console no-import-prefix -- a program of its own, outside the project's configuration
import * as realAssert from "jsr:@std/assert@^1.0.0";
import { delay } from "jsr:@std/async@^1.0.0/delay";
import { concat } from "jsr:@std/bytes@^1.0.0/concat";
import { format as realFormat } from "jsr:@std/datetime@^0.225.0/format";
import { isLeap, isUtcLeap } from "jsr:@std/datetime@^0.225.0/is-leap";
import { TextLineStream } from "jsr:@std/streams@^1.0.0/text-line-stream";
import { toBytes } from "jsr:@std/streams@^1.0.0/to-bytes";
import * as standInAssert from "../../tools/std/assert/mod.ts";
import { delay as standInDelay } from "../../tools/std/async/delay.ts";
import { concat as standInConcat } from "../../tools/std/bytes/concat.ts";
import { format as standInFormat } from "../../tools/std/datetime/format.ts";
import * as standInLeap from "../../tools/std/datetime/is_leap.ts";
import { TextLineStream as StandInLines } from "../../tools/std/streams/text_line_stream.ts";
import { toBytes as standInToBytes } from "../../tools/std/streams/to_bytes.ts";

type Outcome = { value: unknown } | { thrown: string };

async function outcome(action: () => unknown): Promise<Outcome> {
  try {
    const value = await action();
    // Two stacks are never the same.
    return { value: value instanceof Error ? `${value}` : value };
  } catch (error) {
    return { thrown: error instanceof Error ? error.name : String(error) };
  }
}

const differences: string[] = [];
async function compare(
  name: string,
  real: () => unknown,
  standIn: () => unknown,
): Promise<void> {
  const [expected, actual] = [await outcome(real), await outcome(standIn)];
  if (Deno.inspect(expected) !== Deno.inspect(actual)) {
    differences.push(
      `${name}: ${Deno.inspect(expected)} and ${Deno.inspect(actual)}`,
    );
  }
}

const values: unknown[] = [
  undefined,
  null,
  false,
  true,
  0,
  -0,
  1,
  NaN,
  "",
  "a",
  [],
  [1],
  [1, undefined],
  {},
  { a: 1 },
  { a: undefined },
  { a: { b: [1, 2] } },
  new Date(0),
  new Date(1),
  new Uint8Array(2),
  new Uint8Array([1, 2]),
  new Map([["a", 1]]),
  new Set([1]),
  /a/,
  /a/g,
  new Error("a"),
  new TypeError("a"),
  1n,
  Symbol.iterator,
];
const binary = [
  "assertEquals",
  "assertNotEquals",
  "assertStrictEquals",
] as const;
const order = ["assertGreater", "assertLessOrEqual"] as const;
const unary = ["assert", "assertFalse", "assertExists"] as const;
type Check = (...args: unknown[]) => unknown;
// The modules are compared as plain tables of functions.
const [real, standIn] = [realAssert, standInAssert] as unknown as Record<
  string,
  Check
>[];
if (real === undefined || standIn === undefined) throw new Error("unreachable");
const call =
  (module: Record<string, Check>, name: string, ...args: unknown[]) => () =>
    module[name]?.(...args);

for (const a of values) {
  for (const name of unary) {
    await compare(
      `${name}(${Deno.inspect(a)})`,
      call(real, name, a),
      call(standIn, name, a),
    );
  }
  for (const b of values) {
    for (const name of binary) {
      await compare(
        `${name}(${Deno.inspect(a)}, ${Deno.inspect(b)})`,
        call(real, name, a, b),
        call(standIn, name, a, b),
      );
    }
  }
}
for (const name of order) {
  for (const [a, b] of [[1, 2], [2, 1], [1, 1], ["a", "b"], ["b", "a"]]) {
    await compare(
      `${name}(${a}, ${b})`,
      call(real, name, a, b),
      call(standIn, name, a, b),
    );
  }
}
for (const [a, b] of [["abc", "b"], ["abc", "x"], ["", ""]]) {
  await compare(
    `assertStringIncludes(${a}, ${b})`,
    call(real, "assertStringIncludes", a, b),
    call(standIn, "assertStringIncludes", a, b),
  );
  await compare(
    `assertMatch(${a}, ${b})`,
    call(real, "assertMatch", a, new RegExp(b ?? "")),
    call(standIn, "assertMatch", a, new RegExp(b ?? "")),
  );
}
await compare(
  "assertInstanceOf",
  call(real, "assertInstanceOf", 1, Date),
  call(standIn, "assertInstanceOf", 1, Date),
);
await compare(
  "assertInstanceOf",
  call(real, "assertInstanceOf", new Date(0), Date),
  call(standIn, "assertInstanceOf", new Date(0), Date),
);
await compare("fail", call(real, "fail"), call(standIn, "fail"));
const throwing: [string, () => unknown][] = [
  ["nothing", () => {}],
  ["a TypeError", () => {
    throw new TypeError("a text");
  }],
  ["a string", () => {
    throw "a text";
  }],
];
for (const [what, fn] of throwing) {
  for (
    const rest of [[], [TypeError], [RangeError], [Error, "text"], [
      Error,
      "other",
    ]]
  ) {
    const name = `(${what}, ${Deno.inspect(rest)})`;
    await compare(
      `assertThrows${name}`,
      call(real, "assertThrows", fn, ...rest),
      call(standIn, "assertThrows", fn, ...rest),
    );
    const async = () => Promise.resolve().then(fn);
    await compare(
      `assertRejects${name}`,
      call(real, "assertRejects", async, ...rest),
      call(standIn, "assertRejects", async, ...rest),
    );
    await compare(
      `assertRejects, synchronous ${name}`,
      call(real, "assertRejects", fn, ...rest),
      call(standIn, "assertRejects", fn, ...rest),
    );
  }
}

for (
  const year of [1900, 2000, 2023, 2024, 2100, new Date(Date.UTC(2024, 5))]
) {
  await compare(
    `isLeap(${year})`,
    () => isLeap(year),
    () => standInLeap.isLeap(year),
  );
  await compare(
    `isUtcLeap(${year})`,
    () => isUtcLeap(year),
    () => standInLeap.isUtcLeap(year),
  );
}
for (const pattern of ["yyyyMMdd'T'HHmmss'Z'", "yyyy-MM-dd", "HH:mm:ss.SSS"]) {
  for (
    const time of [0, 1704198605007, Date.UTC(2024, 6, 1, 23, 59, 59, 999)]
  ) {
    for (const options of [{}, { timeZone: "UTC" } as const]) {
      await compare(
        `format(${time}, ${pattern})`,
        () => realFormat(new Date(time), pattern, options),
        () => standInFormat(new Date(time), pattern, options),
      );
    }
  }
}
for (
  const chunks of [[], ["a"], ["a\n", "b"], ["a\r", "\nb\n"], ["\n\n"], [
    "a\nb\nc\r\n",
  ], ["a\rb\n"]]
) {
  const lines = (stream: TransformStream<string, string>) =>
    Array.fromAsync(ReadableStream.from(chunks).pipeThrough(stream));
  await compare(
    `TextLineStream ${JSON.stringify(chunks)}`,
    () => lines(new TextLineStream()),
    () => lines(new StandInLines()),
  );
  const bytes = () =>
    ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
  await compare(
    `toBytes ${JSON.stringify(chunks)}`,
    () => toBytes(bytes()),
    () => standInToBytes(bytes()),
  );
}

for (const ms of [0, 1, -1, NaN]) {
  await compare(`delay(${ms})`, () => delay(ms), () => standInDelay(ms));
  const aborted = { signal: AbortSignal.abort("a reason") };
  await compare(
    `delay(${ms}), aborted before`,
    () => delay(ms, aborted),
    () => standInDelay(ms, aborted),
  );
}
const whileWaiting = (wait: typeof delay) => async () => {
  const stop = new AbortController();
  const waiting = wait(60_000, { signal: stop.signal });
  stop.abort("a reason");
  await waiting;
};
await compare(
  "delay, aborted while it waits",
  whileWaiting(delay),
  whileWaiting(standInDelay),
);
for (
  const parts of [[], [[]], [[1, 2], [], [3]], [[1], [2, 3]]].map((parts) =>
    parts.map((bytes) => new Uint8Array(bytes))
  )
) {
  await compare(
    `concat(${Deno.inspect(parts)})`,
    () => concat(parts),
    () => standInConcat(parts),
  );
}

if (differences.length > 0) {
  console.error(differences.join("\n"));
  Deno.exit(1);
}
console.log("The stand-ins do what the real modules do");
