import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseRetryAfter } from "../../src/store/http_failure.ts";
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

/** Runs `test` with timers that run at once and tell how long they were set for. */
async function withoutWaiting(
  random: number,
  test: (waits: number[]) => Promise<void>,
): Promise<void> {
  const { setTimeout: originalTimer } = globalThis;
  const { random: originalRandom } = Math;
  const waits: number[] = [];
  Math.random = () => random;
  globalThis.setTimeout = ((action: () => void, ms: number) => {
    waits.push(ms);
    return originalTimer(action, 0);
  }) as typeof setTimeout;
  try {
    await test(waits);
  } finally {
    globalThis.setTimeout = originalTimer;
    Math.random = originalRandom;
  }
}

Deno.test("Retries.next() waits at random up to a limit that doubles, and no longer than 20 seconds", async () => {
  await withoutWaiting(0.5, async (waits) => {
    const retries = new Retries({ maxRetries: 9 });
    for (let tries = 0; tries < 9; tries++) {
      await retries.next(new errors.TransferError("x"));
    }
    assertEquals(
      waits,
      [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000],
    );
  });
});

Deno.test("Retries.next() waits at least as long as the service asks for", async () => {
  await withoutWaiting(0.5, async (waits) => {
    const retries = new Retries({ maxRetries: 3 });
    const ask = (retryAfter?: number) =>
      retries.next(new errors.ThrottledError("x", { retryAfter }));
    await ask(7000);
    await ask(0);
    await ask();
    assertEquals(waits, [7000, 200, 400]);
  });
});

Deno.test("Retries.next() throws the error itself when the retries are used up", async () => {
  await withoutWaiting(0, async () => {
    const told: unknown[] = [];
    const retries = new Retries({
      maxRetries: 2,
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
  await withoutWaiting(0.5, async (waits) => {
    const retries = new Retries({ maxRetries: 1 });
    for (let round = 0; round < 5; round++) {
      await retries.next(new errors.TransferError("x"));
      retries.reset();
    }
    assertEquals(waits, [100, 100, 100, 100, 100]);
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
