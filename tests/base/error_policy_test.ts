import { assertEquals } from "@std/assert";
import {
  endsRun,
  ERROR_POLICY,
  FlatbedError,
  type FlatbedErrorCode,
  mayPass,
  ServiceError,
} from "../../src/base/mod.ts";
import { isTransient, Retries } from "../../src/store/retries.ts";

/** What each code means: whether the request is retried, the run ends, a later one may succeed. */
const MEANINGS: Readonly<
  Record<FlatbedErrorCode, [isRetried: boolean, ends: boolean, passes: boolean]>
> = {
  "not-found": [false, false, true],
  "access-denied": [false, false, true],
  "credentials": [false, true, false],
  "throttled": [true, false, true],
  "timed-out": [true, false, true],
  "transfer": [true, false, true],
  "object-changed": [false, false, true],
  "object-archived": [false, false, true],
  "integrity": [false, false, true],
  "damaged-at-source": [false, false, true],
  "too-large": [false, false, false],
  "rows": [false, false, false],
  "index": [false, false, true],
  "duckdb": [false, false, true],
  "duckdb-unavailable": [false, true, false],
  "service": [true, false, true],
  "file": [false, false, true],
  "no-space": [false, true, true],
  "mirror-busy": [false, false, true],
  "mirror-damaged": [false, true, false],
};

for (const [code, meaning] of Object.entries(MEANINGS)) {
  Deno.test(`isTransient(), endsRun() and mayPass() of an error with code ${code}`, () => {
    const error = new FlatbedError(code as FlatbedErrorCode, "x", {
      status: 503,
    });
    assertEquals(
      [isTransient(error), endsRun(error), mayPass(error)],
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
