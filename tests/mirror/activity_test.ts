import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type Activity, Mirror } from "../../src/mirror/mod.ts";
import { removeOldActivities } from "../../src/mirror/activity/activity_files.ts";
import { Speed } from "../../src/mirror/activity/speed.ts";
import { FolderStateStore } from "../../src/mirror/state/folder_state_store.ts";
import { openDownloader } from "../support/demo.ts";
import { runScript } from "../support/child.ts";
import { denoCommand } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { waitUntil } from "../support/wait_until.ts";
import { SERVICES, setUpBucket } from "./_bucket_mirror.ts";
import { DATES, keyOf, setUp, WEEK } from "./_mirror.ts";

const FOLDER = ".flatbed/activities";

/** Waits until a mirror tells of an activity that is as it should be. */
async function seen(
  mirror: Mirror,
  isIt: (activity: Activity) => boolean,
): Promise<Activity> {
  let found: Activity | undefined;
  await waitUntil(async () => {
    found = (await mirror.activities()).find(isIt);
    return found !== undefined;
  }, "there is no such activity");
  assert(found !== undefined);
  return found;
}

Deno.test("Mirror.beginActivity() follows what its mirror does, in the words of the command line", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 503, times: 1, operation: "get" }],
  });
  await Deno.mkdir(`${setup.folder.path}/.flatbed`);
  await using reader = await setup.open({ readOnly: true });
  {
    await using mirror = await setup.open({ command: "a test" });
    const run = await mirror.beginActivity({ about: "stocks_daily" });
    await assertRejects(() => mirror.beginActivity(), TypeError, "under way");
    const plan = await mirror.plan(WEEK);
    assertEquals(run.snapshot().phase, "planning");
    const phases = new Set<string>();
    const files = new Set<string>();
    await mirror.sync(plan, {
      onEvent() {
        const { phase, files: underWay } = run.snapshot();
        phases.add(phase);
        underWay.forEach(({ key }) => files.add(key));
      },
    });
    assertEquals([...phases], ["fetching"]);
    assertEquals([...files].toSorted(), DATES.map((date) => keyOf(date)));
    await run.end({ state: "done", exitCode: 0 });
    await run.end({ state: "failed" }); // says nothing else
    const [done] = await reader.activities();
    assert(done !== undefined && done.transfer !== undefined);
    const { counts, transfer, messages } = done;
    assertEquals(
      [done.command, done.about, done.state, done.exitCode, done.pid],
      ["a test", "stocks_daily", "done", 0, Deno.pid],
    );
    const bytes = plan.bytes;
    assertEquals(counts, {
      ...{ files: DATES.length, filesDone: DATES.length, filesFailed: 0 },
      ...{ present: 0, bytes, bytesDone: bytes },
    });
    assertGreater(transfer.bytesReceived, bytes); // the listing besides
    assertEquals([transfer.throttled, transfer.connections], [1, 0]);
    assertGreater(transfer.retries, 0);
    assertEquals(
      messages.filter(({ word }) => word === "fetched").length,
      DATES.length,
    );
    assertMatch(done.summary ?? "", /^fetched 4, replaced 0, /);
    assertEquals(messages.at(-1)?.text, done.summary);
    // The next one begins where the first has ended.
    const next = await mirror.beginActivity();
    await mirror.verify();
    assertMatch(next.snapshot().messages[0]?.text ?? "", /^The mirror is /);
    assertEquals(next.snapshot().counts.filesDone, DATES.length);
    // The figures of the last work of each kind, whatever is said after them.
    next.tell({ level: "note", text: "to know" });
    await mirror.sync(plan);
    await mirror.sync(await mirror.plan(WEEK));
    assertMatch(
      next.snapshot().summary ?? "",
      /^The mirror is [^.]+\.\d m?s\)\. fetched 0, replaced 0, present 4, [^.]+$/,
    );
  } // the mirror ends what was not said to have ended
  assertEquals(
    (await reader.activities()).map(({ state }) => state).toSorted(),
    ["done", "stopped"],
  );
  assertEquals(
    (await setup.folder.names()).filter((name) => /\.(lock|part)$/.test(name)),
    [],
  );
});

Deno.test("Mirror.activities() tells of other processes, and when one was killed", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const { pathname } = new URL("_activity_process.ts", import.meta.url);
  const children = [1, 2].map(() =>
    denoCommand(["run", "-A", "--no-check", pathname, folder.path]).spawn()
  );
  const [first] = children;
  assert(first !== undefined);
  const ended = Promise.all(children.map((child) => child.output()));
  await using reader = await Mirror.open(folder.path, { readOnly: true });
  try {
    const running = await seen(
      reader,
      ({ pid, files }) => pid === first.pid && (files[0]?.bytes ?? 0) > 12,
    );
    assertEquals(
      [running.command, running.state, running.phase, running.host],
      ["flatbed other", "running", "fetching", Deno.hostname()],
    );
    assertEquals(running.files.map(({ key, size }) => [key, size]), [
      ["a/key", 500],
    ]);
    assertEquals(running.messages.map(({ word, text }) => [word, text]), [
      ["failed", "Cannot read 'b/key'"],
    ]);
    await seen(reader, ({ pid }) => pid === children[1]?.pid);
    first.kill("SIGKILL");
    const killed = await seen(reader, ({ state }) => state === "killed");
    assertEquals([killed.pid, killed.files], [first.pid, []]);
    assertEquals((await reader.activities()).length, 2);
    await seen(reader, ({ state }) => state === "running");
  } finally {
    for (const child of children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // it is over
      }
    }
    await ended;
  }
});

Deno.test("Mirror.activities() takes a process elsewhere for dead only after it was silent for long", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/${FOLDER}`;
  await Deno.mkdir(path, { recursive: true });
  const write = async (id: string, fields: Record<string, unknown>) => {
    const since = new Date(Date.now() - 60_000).toISOString();
    await Deno.writeTextFile(
      `${path}/${id}.json`,
      JSON.stringify({
        ...{ command: "x", pid: 1, since, updated: since, state: "running" },
        ...{ phase: "", counts: {}, isLocked: true, ...fields },
      }),
    );
  };
  await write("new", { host: "elsewhere" });
  await write("old", { host: "elsewhere" });
  await write("waiting", {
    ...{ host: "elsewhere", state: "waiting" },
    until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await write("own", { host: Deno.hostname() });
  await write("unlocked", { host: Deno.hostname(), isLocked: false });
  const before = new Date(Date.now() - 600_000);
  for (const id of ["old", "waiting"]) {
    await Deno.utime(`${path}/${id}.json`, before, before);
  }
  await using mirror = await Mirror.open(folder.path, { readOnly: true });
  const activities = await mirror.activities();
  assertEquals(
    Object.fromEntries(activities.map(({ id, state }) => [id, state])),
    {
      ...{ new: "running", old: "silent", waiting: "waiting" },
      ...{ own: "killed", unlocked: "running" },
    },
  );
  // By the clock of the mirror's file system: another machine's may be wrong.
  const told = activities.find(({ id }) => id === "old");
  assertEquals(told?.updated.getTime(), Math.floor(before.getTime()));
});

Deno.test("Mirror.activities() leaves out what no process writes, and cuts what could harm a reader", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/${FOLDER}`;
  await Deno.mkdir(`${path}/folder.json`, { recursive: true });
  const now = new Date().toISOString();
  const good = {
    ...{ command: "flatbed\x1b[2J sync", pid: 1, since: now, updated: now },
    ...{ state: "done", phase: "a\nb", counts: { files: -1, bytes: 1e99 } },
    files: Array.from({ length: 1000 }, () => ({ key: "k", since: now })),
    messages: [
      { at: now, level: "?", text: `<img src=x>\u202e${"x".repeat(1e4)}` },
      ...Array.from({ length: 99 }, () => ({ at: now, text: "x" })),
    ].toReversed(),
    transfer: { recent: Array.from({ length: 1e4 }, () => "x"), interval: 0 },
    exitCode: "no number",
  };
  const files: Record<string, string> = {
    good: JSON.stringify(good),
    "no-json": "{",
    "null": "null",
    list: "[]",
    "no-state": JSON.stringify({ ...good, state: "killed" }),
    "no-pid": JSON.stringify({ ...good, pid: "1" }),
    "no-date": JSON.stringify({ ...good, since: "yesterday" }),
    "no-file": JSON.stringify({ ...good, files: [null] }),
    large: JSON.stringify({ ...good, reason: "x".repeat(1e6) }),
    "..": JSON.stringify(good),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${name}.json`, text);
  }
  await Deno.symlink("/dev/zero", `${path}/endless.json`);
  await Deno.symlink("itself.json", `${path}/itself.json`);
  assert(
    (await new Deno.Command("mkfifo", { args: [`${path}/pipe.json`] })
      .output()).success,
  );
  await using mirror = await Mirror.open(folder.path, { readOnly: true });
  const [told, ...others] = await mirror.activities();
  assertEquals(others, []);
  assert(told !== undefined);
  assertEquals(
    [told.id, told.command, told.phase, told.counts.files, told.counts.bytes],
    ["good", "flatbed\ufffd[2J sync", "a b", undefined, undefined],
  );
  assertEquals(
    [told.files.length, told.messages.length, told.transfer?.recent.length],
    [64, 50, 180],
  );
  const [last] = told.messages.toReversed();
  assertEquals([last?.level, last?.text.length], ["info", 1000]);
  assertStringIncludes(last?.text ?? "", "<img src=x>\ufffdxx");
  assertEquals([told.transfer?.interval, told.exitCode], [1, undefined]);
  // A lock that is a pipe is not waited for.
  await Deno.writeTextFile(
    `${path}/good.json`,
    JSON.stringify({ ...good, state: "running" }),
  );
  assert(
    (await new Deno.Command("mkfifo", { args: [`${path}/good.lock`] })
      .output()).success,
  );
  await using again = await Mirror.open(folder.path, { readOnly: true });
  assertEquals((await again.activities()).map(({ state }) => state), [
    "running",
  ]);
});

Deno.test("an activity is no reason to fail where nothing can be written, and none where a mirror only would be", async () => {
  await using setup = await setUp();
  const { path } = setup.folder;
  await Deno.mkdir(`${path}/.flatbed`);
  await Deno.writeTextFile(`${path}/${FOLDER}`, "in the way");
  {
    await using mirror = await setup.open();
    await using run = await mirror.beginActivity();
    assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 4);
    await run.end({ state: "done" });
    assert(run.problem instanceof Error);
  }
  await Deno.remove(`${path}/${FOLDER}`);
  const script = `
    import { Mirror } from "#root/src/mirror/mod.ts";
    for (const folder of ${JSON.stringify([path, `${path}/none`])}) {
      await using mirror = await Mirror.open(folder, { readOnly: true });
      await using run = await mirror.beginActivity();
      await mirror.verify();
      await run.end({ state: "done" });
      console.log(run.problem, await mirror.activities());
    }`;
  const permissions = ["--allow-read", "--allow-sys", "--allow-env"];
  const { stdout, code, stderr } = await runScript(script, { permissions });
  assertEquals([code, stderr.includes("error")], [0, false], stderr);
  assertEquals(stdout, "undefined []\nundefined []\n");
  // Where it may write, what is only looked at does not become a mirror.
  await using none = await Mirror.open(`${path}/none`, { readOnly: true });
  await (await none.beginActivity()).end({ state: "done" });
  assertEquals(
    (await setup.folder.names()).some((name) => /none/.test(name)),
    false,
  );
});

Deno.test("an activity that waits goes on with another mirror object, and keeps its figures", async () => {
  await using setup = await setUp();
  await using reader = await setup.open({ readOnly: true });
  const until = new Date("2099-01-01T00:00:00Z");
  let run;
  let received = 0;
  {
    await using mirror = await setup.open();
    run = await mirror.beginActivity({ command: "a watch" });
    await mirror.sync(await mirror.plan(WEEK));
    await run.wait("waiting", until);
    received = run.snapshot().transfer?.bytesReceived ?? 0;
    assertGreater(received, 0);
  }
  const [waiting] = await reader.activities();
  assertEquals(
    [waiting?.state, waiting?.phase, waiting?.until],
    ["waiting", "waiting", until],
  );
  assertMatch(waiting?.summary ?? "", /^fetched 4, /);
  await using downloader = openDownloader(setup.server.url);
  await using mirror = await setup.open({ downloader });
  assertEquals(await mirror.beginActivity({ continues: run }), run);
  await assertRejects(
    () => reader.beginActivity({ continues: run }),
    TypeError,
  );
  assertEquals(run.snapshot().summary, undefined);
  await mirror.plan(WEEK);
  await run.end({ state: "stopped", reason: "interrupted" });
  const [ended, ...others] = await reader.activities();
  assertEquals(others, []);
  assertEquals(
    [ended?.id, ended?.state, ended?.reason, ended?.until],
    [waiting?.id, "stopped", "interrupted", undefined],
  );
  // What an earlier downloader has received counts, and what was listed with this one.
  assertGreater(ended?.transfer?.bytesReceived ?? 0, received);
});

Deno.test("of activities that have ended, only the last ones are kept", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/${FOLDER}`;
  await Deno.mkdir(path, { recursive: true });
  const now = new Date();
  for (let at = 0; at < 30; at++) {
    for (const name of [`a${at}.json`, `a${at}.lock`]) {
      await Deno.writeTextFile(`${path}/${name}`, "");
      const time = new Date(now.getTime() - (at + 1) * 3_600_000);
      await Deno.utime(`${path}/${name}`, time, time);
    }
  }
  await Deno.writeTextFile(`${path}/a note.txt`, "");
  await Deno.utime(`${path}/a note.txt`, new Date(0), new Date(0));
  using living = await Deno.open(`${path}/a29.lock`, { write: true });
  await living.lock(true);
  const store = new FolderStateStore(folder.path);
  await removeOldActivities(store, now);
  const left = Array.from(Deno.readDirSync(path), ({ name }) => name);
  const of = (at: number) => left.filter((name) => name.startsWith(`a${at}.`));
  assertEquals(left.length, 2 * 21 + 1);
  assertEquals([of(0).length, of(19).length, of(20).length], [2, 2, 0]);
  assertEquals(of(29).length, 2); // its process lives, though it has said nothing
});

Deno.test("Speed is that of the last seconds", () => {
  const speed = new Speed();
  assertEquals(speed.bytesPerSecond, 0);
  speed.add(1_000_000, 0); // what was there before
  assertEquals(speed.bytesPerSecond, 0);
  for (let second = 1; second <= 20; second++) {
    speed.add(1_000_000 + second * 500, second * 1000);
  }
  assertEquals(speed.bytesPerSecond, 500);
  for (let second = 21; second <= 40; second++) {
    speed.add(1_010_000, second * 1000);
  }
  assertEquals(speed.bytesPerSecond, 0);
});

for (const [name, { isThere, start }] of Object.entries(SERVICES)) {
  Deno.test({
    name: `Mirror.activities() tells of a mirror in a bucket of ${name}${
      isThere ? "" : ": skipped, there is no such program"
    }`,
    ignore: !isThere,
    async fn() {
      await using setup = await setUpBucket(start);
      await using mirror = await setup.open({ command: "a test" });
      await using other = await setup.open({ readOnly: true });
      const run = await mirror.beginActivity();
      await seen(other, ({ state }) => state === "running");
      assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 4);
      assertEquals(
        (await setup.state()).filter((path) => path.includes("activities"))
          .length,
        1,
      );
      await run.end({ state: "done" });
      const [done] = await other.activities();
      assertEquals(
        [done?.state, done?.counts.filesDone, done?.transfer?.interval],
        ["done", 4, 5],
      );
    },
  });
}
