import { assertEquals, assertRejects } from "@std/assert";
import {
  type Clock,
  CONNECTION_BACKOFF,
  leastWait,
  SERVICE_BACKOFF,
  SharedBackoff,
} from "../../src/store/backoff.ts";

/** A clock that stands still until somebody waits, and has waited at once. */
class JumpingClock implements Clock {
  time = 1000;
  waits: number[] = [];
  now(): number {
    return this.time;
  }
  delay(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.waits.push(ms);
    this.time += ms;
    return Promise.resolve();
  }
}

/** Waits for what is under way, and tells how long. */
async function pauseOf(
  backoff: SharedBackoff,
  clock: JumpingClock,
): Promise<number> {
  clock.waits = [];
  await backoff.enter();
  assertEquals(clock.waits.length <= 1, true, `${clock.waits}`);
  return clock.waits[0] ?? 0;
}

function assertWithin(value: number, least: number, most: number): void {
  assertEquals(value >= least && value <= most, true, `${value}`);
}

Deno.test("leastWait() lets five waits last through 30 seconds of an outage, and 10 of a refused connection", () => {
  const waits = (backoff: typeof SERVICE_BACKOFF) =>
    Array.from({ length: 7 }, (_, failures) => leastWait(backoff, failures));
  assertEquals(waits(SERVICE_BACKOFF), [
    1000,
    2000,
    4000,
    8000,
    16_000,
    16_000,
    16_000,
  ]);
  assertEquals(waits(CONNECTION_BACKOFF), [
    80,
    240,
    720,
    2160,
    6480,
    16_000,
    16_000,
  ]);
});

Deno.test("SharedBackoff.enter() waits for nothing before a failure", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  assertEquals(await backoff.enter(), 0);
  assertEquals(clock.waits, []);
});

Deno.test("SharedBackoff pauses for all, twice as long after each failure, each wait between its least length and twice that", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  for (const least of [1000, 2000, 4000, 8000, 16_000]) {
    backoff.failed(await backoff.enter(), SERVICE_BACKOFF);
    assertEquals(backoff.isGivenUp, false);
    const now = clock.time;
    for (let other = 0; other < 10; other++) {
      clock.time = now;
      assertWithin(await pauseOf(backoff, clock), least, 2 * least);
    }
  }
});

Deno.test("SharedBackoff takes the failures of what was sent before a pause for one", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  for (const least of [1000, 2000]) {
    const sent = await Promise.all([backoff.enter(), backoff.enter()]);
    for (const pause of [...sent, ...sent]) {
      backoff.failed(pause, SERVICE_BACKOFF);
    }
    assertWithin(await pauseOf(backoff, clock), least, 2 * least);
  }
});

Deno.test("SharedBackoff.succeeded() ends the count, unless the request was sent before the pause", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  const early = await backoff.enter();
  backoff.failed(early, SERVICE_BACKOFF);
  const late = await backoff.enter();
  backoff.succeeded(early);
  backoff.failed(late, SERVICE_BACKOFF);
  assertWithin(await pauseOf(backoff, clock), 2000, 4000);
  const last = await backoff.enter();
  backoff.succeeded(last);
  backoff.failed(last, SERVICE_BACKOFF);
  assertWithin(await pauseOf(backoff, clock), 1000, 2000);
});

Deno.test("SharedBackoff pauses for at least as long as the service asks for", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  backoff.failed(0, SERVICE_BACKOFF, 30_000);
  assertWithin(await pauseOf(backoff, clock), 30_000, 60_000);
});

Deno.test("SharedBackoff gives an outage up for all, and asks about every second from then on", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 2, clock });
  for (let failures = 0; failures < 3; failures++) {
    assertEquals(backoff.isGivenUp, false);
    backoff.failed(await backoff.enter(), CONNECTION_BACKOFF);
  }
  for (let failures = 0; failures < 5; failures++) {
    assertEquals(backoff.isGivenUp, true);
    assertWithin(await pauseOf(backoff, clock), 1000, 2000);
    backoff.failed(await backoff.enter(), CONNECTION_BACKOFF);
  }
  backoff.succeeded(await backoff.enter());
  assertEquals(backoff.isGivenUp, false);
});

Deno.test("SharedBackoff forgets an outage that was long ago", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 1, clock });
  backoff.failed(await backoff.enter(), SERVICE_BACKOFF);
  backoff.failed(await backoff.enter(), SERVICE_BACKOFF);
  assertEquals(backoff.isGivenUp, true);
  clock.time += 3600_000;
  assertEquals(backoff.isGivenUp, false);
  backoff.failed(await backoff.enter(), SERVICE_BACKOFF);
  assertEquals(backoff.isGivenUp, false);
  assertWithin(await pauseOf(backoff, clock), 1000, 2000);
});

Deno.test("SharedBackoff never pauses where nothing is tried again", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 0, clock });
  backoff.failed(await backoff.enter(), SERVICE_BACKOFF, 30_000);
  await backoff.enter();
  assertEquals(clock.waits, []);
});

Deno.test("SharedBackoff.enter() waits for the next pause as well, and for none twice", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  backoff.failed(0, SERVICE_BACKOFF);
  const jump = clock.delay.bind(clock);
  clock.delay = async (ms) => {
    await jump(ms);
    if (clock.waits.length === 1) backoff.failed(1, SERVICE_BACKOFF);
    // It is set back: the second pause would begin again and again.
    if (clock.waits.length === 2) clock.time -= 3600_000;
  };
  assertEquals(await backoff.enter(), 2);
  assertEquals(clock.waits.length, 2);
});

Deno.test("SharedBackoff.enter() ends with the signal's reason", async () => {
  const clock = new JumpingClock();
  const backoff = new SharedBackoff({ maxRetries: 5, clock });
  backoff.failed(0, SERVICE_BACKOFF);
  const reason = new Error("enough");
  assertEquals(
    await assertRejects(() => backoff.enter(AbortSignal.abort(reason))),
    reason,
  );
});

Deno.test("SharedBackoff pauses for all that have its memory", async () => {
  const clock = new JumpingClock();
  const memory = SharedBackoff.newMemory();
  const [one, other] = [1, 2].map(() =>
    new SharedBackoff({ maxRetries: 1, memory, clock })
  ) as [SharedBackoff, SharedBackoff];
  one.failed(await one.enter(), SERVICE_BACKOFF);
  assertWithin(await pauseOf(other, clock), 1000, 2000);
  other.failed(await other.enter(), SERVICE_BACKOFF);
  assertEquals(one.isGivenUp, true);
  one.succeeded(await one.enter());
  assertEquals(other.isGivenUp, false);
});
