import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Clock,
  SERVICE_BACKOFF,
  SharedBackoff,
} from "../../src/store/backoff.ts";
import { parseRetryAfter } from "../../src/store/parse_retry_after.ts";
import * as errors from "../../src/base/errors.ts";
import { isTransient, Retries } from "../../src/store/retries.ts";

const NOW = Date.parse("2024-01-02T03:04:05Z");

Deno.test("parseRetryAfter() reads seconds and HTTP dates, and bounds both", () => {
  const cases: readonly [string | null, number | undefined][] = [
    [null, undefined],
    ["", undefined],
    ["   ", undefined],
    ["soon", undefined],
    ["NaN", undefined],
    ["0", 0],
    ["1", 1000],
    ["2.5", 2500],
    [" 3 ", 3000],
    ["-1", 0],
    ["60", 60_000],
    ["61", 60_000],
    ["1e300", 60_000],
    ["Infinity", 60_000],
    ["-Infinity", 0],
    ["99999999999999999999999", 60_000],
    ["Tue, 02 Jan 2024 03:04:10 GMT", 5000],
    ["Tue, 02 Jan 2024 03:04:05 GMT", 0],
    ["Mon, 01 Jan 1990 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 60_000],
    ["Tue, 99 Foo 2024 03:04:10 GMT", undefined],
  ];
  for (const [value, expected] of cases) {
    assertEquals(parseRetryAfter(value, NOW), expected, JSON.stringify(value));
  }
});

Deno.test("isTransient() holds for what can pass by itself, and for nothing else", () => {
  const service = (status: number, serviceCode?: string) =>
    new errors.ServiceError("x", { status, serviceCode });
  for (const status of [408, 429, 500, 502, 503, 504]) {
    assert(isTransient(service(status)), `${status}`);
  }
  for (
    const status of [200, 301, 307, 400, 401, 403, 404, 409, 412, 416, 501]
  ) {
    assertEquals(isTransient(service(status)), false, `${status}`);
  }
  for (const code of ["SlowDown", "RequestTimeout", "InternalError"]) {
    assert(isTransient(service(400, code)), code);
  }
  assert(isTransient(new errors.TransferError("x")));
  assert(isTransient(new errors.TimedOutError("x")));
  assert(isTransient(new errors.ThrottledError("x")));
  for (
    const Class of [
      errors.NotFoundError,
      errors.AccessDeniedError,
      errors.CredentialsError,
      errors.ObjectChangedError,
      errors.IntegrityError,
      errors.LocalFileError,
      errors.NoSpaceError,
    ]
  ) {
    assertEquals(isTransient(new Class("x", { status: 503 })), false);
  }
  for (const other of [new Error("x"), new TypeError("x"), undefined, "x"]) {
    assertEquals(isTransient(other), false);
  }
});

/** Runs `test` with a clock that waits for nothing and tells how long it was to. */
async function withoutWaiting(
  random: number,
  test: (waits: number[], clock: Clock) => Promise<void>,
): Promise<void> {
  const original = Math.random;
  const waits: number[] = [];
  Math.random = () => random;
  try {
    await test(waits, {
      now: () => 0,
      delay: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    });
  } finally {
    Math.random = original;
  }
}

Deno.test("Retries.next() waits longer each time, between the least wait and twice that, and no longer than 32 seconds", async () => {
  const cases = [
    [new errors.ThrottledError("x"), 0, [1, 2, 4, 8, 16, 16, 16]],
    [new errors.ThrottledError("x"), 0.5, [1.5, 3, 6, 12, 24, 24, 24]],
    [new errors.ThrottledError("x"), 1, [2, 4, 8, 16, 32, 32, 32]],
    [
      new errors.ServiceError("x", { status: 500 }),
      0,
      [1, 2, 4, 8, 16, 16, 16],
    ],
    [
      new errors.TransferError("x"),
      0,
      [0.08, 0.24, 0.72, 2.16, 6.48, 16, 16],
    ],
    [
      new errors.TimedOutError("x"),
      1,
      [0.16, 0.48, 1.44, 4.32, 12.96, 32, 32],
    ],
  ] as const;
  for (const [error, random, seconds] of cases) {
    await withoutWaiting(random, async (waits, clock) => {
      const retries = new Retries({ maxRetries: 7, clock });
      for (let tries = 0; tries < 7; tries++) await retries.next(error);
      assertEquals(waits, seconds.map((seconds) => seconds * 1000));
    });
  }
});

Deno.test("Retries.next() waits at least as long as the service asks for", async () => {
  await withoutWaiting(0.5, async (waits, clock) => {
    const retries = new Retries({ maxRetries: 3, clock });
    const ask = (retryAfter?: number) =>
      retries.next(new errors.ThrottledError("x", { retryAfter }));
    await ask(7000);
    await ask(0);
    await ask();
    assertEquals(waits, [7000, 3000, 6000]);
  });
});

Deno.test("Retries.next() throws the error itself where the outage has been given up for all", async () => {
  await withoutWaiting(0, async (waits, clock) => {
    const shared = new SharedBackoff({ maxRetries: 1, clock });
    const retries = new Retries({ maxRetries: 5, shared, clock });
    const error = new errors.ThrottledError("x");
    shared.failed(0, SERVICE_BACKOFF);
    await retries.next(error);
    shared.failed(1, SERVICE_BACKOFF);
    assertEquals(await assertRejects(() => retries.next(error)), error);
    assertEquals(waits, [1000]);
  });
});

Deno.test("Retries.next() throws the error itself when the retries are used up", async () => {
  await withoutWaiting(0, async (_, clock) => {
    const told: unknown[] = [];
    const retries = new Retries({
      maxRetries: 2,
      clock,
      onRetry: (error) => told.push(error),
    });
    const error = new errors.TransferError("x");
    await retries.next(error);
    await retries.next(error);
    assertEquals(await assertRejects(() => retries.next(error)), error);
    assertEquals(told, [error, error]);
  });
});

Deno.test("Retries.reset() starts the count and the waits again", async () => {
  await withoutWaiting(0.5, async (waits, clock) => {
    const retries = new Retries({ maxRetries: 1, clock });
    for (let round = 0; round < 5; round++) {
      await retries.next(new errors.TransferError("x"));
      retries.reset();
    }
    assertEquals(waits, [120, 120, 120, 120, 120]);
  });
});

Deno.test("Retries.next() never retries what cannot pass", async () => {
  let told = 0;
  const retries = new Retries({ maxRetries: 5, onRetry: () => told++ });
  for (
    const error of [
      new errors.NotFoundError("x"),
      new errors.ServiceError("x", { status: 400 }),
      new Error("x"),
    ]
  ) {
    assertEquals(await assertRejects(() => retries.next(error)), error);
  }
  assertEquals(told, 0);
});

Deno.test("Retries.next() ends its wait with the signal's reason", async () => {
  clearTimeout(setTimeout(() => {})); // Deno runs microtasks while it loads timers
  const controller = new AbortController();
  const reason = new Error("enough");
  const retries = new Retries({
    maxRetries: 5,
    signal: controller.signal,
    // By then the wait has not begun: a microtask later it has.
    onRetry: () => queueMicrotask(() => controller.abort(reason)),
  });
  const wait = retries.next(
    new errors.ThrottledError("x", { retryAfter: 60_000 }),
  );
  assertEquals(await assertRejects(() => wait), reason);
  assertEquals(
    await assertRejects(() => retries.next(new errors.TransferError("x"))),
    reason,
  );
});
