import { assert, assertEquals } from "@std/assert";
import { Mirror } from "../../src/mirror/mod.ts";
import type { ActivityEvent } from "../../src/web/ui/api_types.ts";
import { denoCommand } from "../support/deno_command.ts";
import { startTestUi, type TestUi } from "./_ui.ts";

/** The `activity` events of a page's server, as a page gets them. */
async function* eventsOf(test: TestUi): AsyncGenerator<ActivityEvent> {
  const response = await fetch(`http://127.0.0.1:${test.ui.port}/api/events`, {
    headers: { cookie: test.cookie },
  });
  assert(response.body !== null);
  let text = "";
  const chunks = response.body.pipeThrough(new TextDecoderStream());
  for await (const chunk of chunks) {
    text += chunk;
    const messages = text.split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const [, data] = /^event: activity\ndata: (.*)$/m.exec(message) ?? [];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

/** The next event that is as it should be. */
async function next(
  events: AsyncGenerator<ActivityEvent>,
  isIt: (event: ActivityEvent) => boolean,
): Promise<ActivityEvent> {
  while (true) {
    const { value, done } = await events.next();
    assert(done !== true, "the stream has ended");
    if (isIt(value)) return value;
  }
}

Deno.test("the page is told what other processes do with the mirror, how it ends, and of shards", async () => {
  await using test = await startTestUi();
  const events = eventsOf(test);
  assertEquals(await next(events, () => true), {
    running: 0,
    activities: [],
    more: 0,
  });
  {
    await using mirror = await Mirror.open(test.folder, { command: "a test" });
    const run = await mirror.beginActivity();
    run.begin("fetching", { files: 1 });
    run.update("<b>a key</b>", 5, 10);
    const { now, activities: [own] } = await next(
      events,
      ({ running }) => running === 1,
    );
    assert(own !== undefined && now !== undefined);
    assertEquals(
      [own.state, own.command, own.isOwn, own.files[0]?.key],
      ["running", "a test", true, "<b>a key</b>"],
    );
    await run.wait("waiting");
    const waiting = await next(events, ({ running }) => running === 0);
    assertEquals(waiting.now, undefined);
    await run.end({ state: "failed", reason: "no space" });
  }
  const ended = await next(
    events,
    ({ activities: [own] }) => own?.state === "failed",
  );
  assertEquals(ended.activities[0]?.reason, "no space");
  {
    const shard = { index: 2, count: 3 };
    await using mirror = await Mirror.open(test.folder, { shard });
    await using _run = await mirror.beginShard();
    const activity = await mirror.beginActivity({ about: "stocks_daily" });
    assertEquals(activity.snapshot().about, "stocks_daily, shard 2/3");
    const { shards } = await next(events, (each) => each.shards !== undefined);
    assertEquals(shards?.states, { running: 1, "never-started": 2 });
    assertEquals(
      shards?.rows.map(({ index, state }) => [index, state]),
      [[2, "running"], [1, "never-started"], [3, "never-started"]],
    );
  }
  const { pathname } = new URL(
    "../mirror/_activity_process.ts",
    import.meta.url,
  );
  await using child = denoCommand([
    ...["run", "-A", "--no-check", pathname, test.folder],
  ]).spawn();
  const isOther = ({ pid }: { pid: number }) => pid === child.pid;
  const there = await next(
    events,
    ({ activities }) => activities.some(isOther),
  );
  assertEquals(there.activities.find(isOther)?.isOwn, false);
  child.kill("SIGKILL");
  const killed = await next(events, ({ running }) => running === 0);
  assertEquals(killed.activities.find(isOther)?.state, "killed");
  await child.output();
  await events.return(undefined);
});
