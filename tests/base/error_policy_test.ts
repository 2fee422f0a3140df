import { assertEquals } from "@std/assert";
import {
  endsRun,
  ERROR_POLICY,
  FlatbedError,
  type FlatbedErrorCode,
  mayPass,
  passesSoon,
  ServiceError,
} from "../../src/base/mod.ts";
import { isTransient, Retries } from "../../src/store/retries.ts";

/** What each code means: whether the request is retried, the run ends, a later one may succeed, and in minutes. */
const MEANINGS: Readonly<
  Record<
    FlatbedErrorCode,
    [isRetried: boolean, ends: boolean, passes: boolean, isSoon: boolean]
  >
> = {
  "not-found": [false, false, true, false],
  "access-denied": [false, false, true, false],
  "credentials": [false, true, false, false],
  "throttled": [true, false, true, true],
  "timed-out": [true, false, true, true],
  "transfer": [true, false, true, true],
  "object-changed": [false, false, true, true],
  "object-archived": [false, false, true, false],
  "integrity": [false, false, true, true],
  "damaged-at-source": [false, false, true, false],
  "too-large": [false, false, false, false],
  "rows": [false, false, false, false],
  "index": [false, false, true, false],
  "duckdb": [false, false, true, false],
  "duckdb-unavailable": [false, true, false, false],
  "service": [true, false, true, true],
  "file": [false, false, true, false],
  "no-space": [false, true, true, false],
  "mirror-busy": [false, false, true, true],
  "bucket-refused": [false, true, false, false],
  "mirror-damaged": [false, true, false, false],
};

for (const [code, meaning] of Object.entries(MEANINGS)) {
  Deno.test(`isTransient(), endsRun(), mayPass() and passesSoon() of an error with code ${code}`, () => {
    const error = new FlatbedError(code as FlatbedErrorCode, "x", {
      status: 503,
    });
    assertEquals(
      [isTransient(error), endsRun(error), mayPass(error), passesSoon(error)],
      meaning,
    );
  });
}

Deno.test("isTransient() of a service's error asks its status and code", () => {
  assertEquals(isTransient(new ServiceError("x", { status: 501 })), false);
  assertEquals(
    isTransient(
      new ServiceError("x", { status: 400, serviceCode: "InternalError" }),
    ),
    true,
  );
});

Deno.test("passesSoon() asks the status of a service's error: a request that is wrong stays wrong", () => {
  for (
    const [status, passes] of [[400, false], [405, false], [429, true], [
      408,
      true,
    ], [
      500,
      true,
    ], [undefined, false]] as const
  ) {
    assertEquals(
      [status, passesSoon(new ServiceError("x", { status }))],
      [status, passes],
    );
  }
  for (
    const [status, serviceCode, passes] of [
      [200, "InternalError", true],
      [400, "RequestTimeout", true],
      [400, "InvalidArgument", false],
      [200, undefined, false],
    ] as const
  ) {
    const error = new ServiceError("x", { status, serviceCode });
    assertEquals([status, passesSoon(error)], [status, passes]);
  }
  assertEquals(passesSoon(new TypeError("x")), false);
});

Deno.test("a missing permission ends a run; what is no error of ours does not, and does not pass", () => {
  const missing = new Deno.errors.NotCapable("Requires net access");
  assertEquals([endsRun(missing), mayPass(missing)], [true, false]);
  const other = new TypeError("x");
  assertEquals([endsRun(other), mayPass(other)], [false, false]);
});

Deno.test("Retries waits by the backoff that the policy names", async () => {
  for (const code of Object.keys(ERROR_POLICY) as FlatbedErrorCode[]) {
    const { retry } = ERROR_POLICY[code];
    if (retry === "no") continue;
    const waits: number[] = [];
    const clock = {
      now: () => 0,
      delay: (ms: number) => {
        waits.push(ms);
        return Promise.resolve();
      },
    };
    await new Retries({ maxRetries: 1, clock })
      .next(new FlatbedError(code, "x", { status: 503 }));
    const least = retry === "outage" ? 1000 : 80;
    const [wait = 0] = waits;
    assertEquals([code, wait >= least && wait <= 2 * least], [code, true]);
  }
});
