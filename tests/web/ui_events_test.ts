import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { EventHub } from "../../src/web/ui/events.ts";
import { waitUntil } from "../support/wait_until.ts";
import { startTestUi } from "./_ui.ts";

/** Reads a stream as text, piece by piece. */
function reading(stream: ReadableStream<Uint8Array> | null | undefined) {
  assert(stream);
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    /** Reads on until the text has something. */
    async until(part: string): Promise<string> {
      while (!text.includes(part)) {
        const { value, done } = await reader.read();
        assert(!done, `ended before ${part}: ${text}`);
        text += decoder.decode(value);
      }
      return text;
    },
    /** Reads to the end. */
    async end(): Promise<string> {
      for (let read; !(read = await reader.read()).done;) {
        text += decoder.decode(read.value);
      }
      return text;
    },
    cancel: () => reader.cancel(),
  };
}

Deno.test("EventHub reads nothing while nobody listens, and tells who comes how all is now", async () => {
  using hub = new EventHub();
  let reads = 0, state = 1;
  hub.add({
    name: "mirror",
    read() {
      reads++;
      return { state };
    },
    period: 1,
  });
  hub.add({ name: "activity", read: () => ({ state }) });
  hub.add({
    name: "job",
    read() {
      throw new Error("told to nobody");
    },
  });
  hub.changed("mirror");
  await delay(10);
  assertEquals(reads, 0);

  const one = reading(hub.open());
  await one.until('event: activity\ndata: {"state":1}\n\n');
  const begin = await one.until('event: mirror\ndata: {"state":1}\n\n');
  assertMatch(begin, /^retry: \d+\n\n/);
  assert(!begin.includes("job"));
  // What does not change is not told again, however often it is read.
  await waitUntil(() => reads > 5, "it is read again");
  state = 2;
  const twice = await one.until('event: mirror\ndata: {"state":2}\n\n');
  assertEquals(twice.match(/event: mirror/g)?.length, 2);
  // Without a period, only when it is said to have changed.
  assertEquals(twice.match(/event: activity/g)?.length, 1);
  hub.changed("activity");
  await one.until('event: activity\ndata: {"state":2}\n\n');

  const other = reading(hub.open());
  const all = await other.until('event: mirror\ndata: {"state":2}\n\n');
  assert(!all.includes('"state":1'));
  assertEquals(hub.listeners, 2);
  await one.cancel();
  await other.cancel();
  assertEquals(hub.listeners, 0);
  const before = reads;
  await delay(20);
  assert(reads <= before + 1); // one may have been under way
});

Deno.test("EventHub leaves a page that takes nothing, and takes no more than 64", async () => {
  using hub = new EventHub();
  let state = 0;
  hub.add({ name: "mirror", read: () => ++state });
  const stalled = hub.open();
  const streams = Array.from({ length: 63 }, () => hub.open());
  assert(streams.every((stream) => stream !== undefined));
  assertEquals(hub.open(), undefined);
  await Promise.all(streams.map((stream) => stream?.cancel()));
  assertEquals(hub.listeners, 1);
  for (let turn = 0; hub.listeners > 0; turn++) {
    assert(turn < 1000, "the page that does not read is left");
    hub.changed("mirror");
    await delay(0);
  }
  // What it had not read is all there was; then it asks again.
  assertEquals((await reading(stalled).end()).match(/event:/g)?.length, 63);
});

Deno.test("a page's server ends at once, however many streams are open", async () => {
  await using server = await startTestUi();
  const headers = { cookie: server.cookie };
  const url = server.ui.address.replace(/\/\?.*/, "/api/events");
  const open = async () => {
    const response = await fetch(url, { headers });
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    return reading(response.body);
  };
  const streams = await Promise.all(Array.from({ length: 64 }, open));
  await Promise.all(streams.map((stream) => stream.until("event: mirror")));
  const tooMany = await fetch(url, { headers });
  assertEquals(tooMany.status, 503);
  assertEquals((await tooMany.json()).error.code, "too-many-pages");
  // One that leaves makes room.
  await streams.pop()?.cancel();
  await waitUntil(async () => {
    const { status, body } = await fetch(url, { headers });
    await body?.cancel();
    return status === 200;
  }, "there is room again");
  const began = performance.now();
  await server.ui.close();
  assert(performance.now() - began < 900, "it did not wait for the streams");
  await Promise.all(streams.map((stream) => stream.end()));
});
