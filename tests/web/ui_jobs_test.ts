import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { bashWords } from "../../src/base/mod.ts";
import { Mirror, MirrorBusyError } from "../../src/mirror/mod.ts";
import { commandWords } from "../../page/views/do/command_words.ts";
import { readJobRequest } from "../../src/web/ui/jobs/read_job_request.ts";
import type {
  AcceptPlanAnswer,
  Job,
  JobsAnswer,
  PlanAnswer,
  StartAnswer,
} from "../../src/web/ui/jobs/job_types.ts";
import { keyOf } from "../mirror/_mirror.ts";
import { gzip, noise } from "../support/data.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { startRecorded } from "../support/demo.ts";
import {
  type RunningFlatbed,
  startFlatbed,
} from "../support/running_flatbed.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";
import { waitUntil } from "../support/wait_until.ts";
import { type JobsSetup, NOW, setUpJobs } from "./_jobs.ts";
import { welcomeOf } from "./_ui.ts";

const DAY = "2024-01-02";
const KEY = keyOf(DAY);
/** Where the service falls silent in the large file. */
const HALF = 2_000_000;
/** A file of some megabytes, which comes in one answer. */
const LARGE = await gzip(noise(4_000_000));
const SYNC = { kind: "sync", dataTypes: ["stocks_daily"], from: DAY, to: DAY };

/** A service whose large file stops coming half way, once. */
function setUpLarge(): Promise<JobsSetup> {
  return setUpJobs({
    objects: [[KEY, {
      body: LARGE,
      lastModified: new Date("2024-01-03T16:00:00Z"),
    }]],
    faults: [{ kind: "stall", key: KEY, method: "GET", after: HALF, times: 1 }],
  });
}

/** Waits until what comes of the large file has come. */
async function untilHalf(setup: JobsSetup, { id }: Job): Promise<Job> {
  let now = await setup.job(id);
  await waitUntil(async () => {
    now = await setup.job(id);
    return (now.files[0]?.bytes ?? 0) >= HALF;
  }, () => JSON.stringify(now));
  return now;
}

Deno.test("a sync of the page shows its plan first, starts once, and goes on at its byte after a pause, in which others have the lock", async () => {
  await using setup = await setUpLarge();
  const { folder, page, server } = setup;
  server.objects.delete(keyOf("2024-01-08"));

  const plan = await setup.post<PlanAnswer>("/api/plan", {
    ...SYNC,
    to: "2024-01-08",
  });
  assertEquals(plan.rows.map(({ fetch, present }) => [fetch, present]), [[
    4,
    0,
  ]]);
  assertGreater(plan.bytes, LARGE.length);
  assertGreater(plan.space.free ?? 0, plan.space.needed);
  assertMatch(plan.messages[0]?.text ?? "", /^4 files to fetch, 4\.\d+ MB: /);
  assertEquals(plan.notFetched, [["Not due yet", "stocks_daily 2024-01-08"]]);
  assertEquals(await folder.names(), [], "a plan writes nothing");

  // A double click, and the same in a second tab.
  const [first, second] = await Promise.all([
    setup.post<StartAnswer>("/api/jobs", SYNC),
    setup.post<StartAnswer>("/api/jobs", SYNC),
  ]);
  assertEquals([first.isNew, second.isNew].toSorted(), [false, true]);
  assertEquals(first.job.id, second.job.id);
  const half = await untilHalf(setup, first.job);
  assertEquals([half.state, half.phase], ["running", "fetching"]);
  assertEquals(half.counts.bytes, LARGE.length);
  const events = await fetch(`http://127.0.0.1:${page.ui.port}/api/events`, {
    headers: { cookie: page.cookie },
  });
  const stream = events.body?.pipeThrough(new TextDecoderStream());
  let told = "";
  for await (const text of stream ?? []) {
    told += text;
    if (/event: job\ndata: .*\n\n/.test(told)) break; // ends the stream
  }
  assertStringIncludes(told, first.job.id);

  await setup.change("pause", first.job);
  const paused = await setup.until(first.job, "paused");
  assertEquals(paused.counts.bytes, LARGE.length);
  const names = await folder.names();
  assert(names.includes(`${KEY}.part`), names.join(" "));
  assert(!names.includes(KEY));

  // Its lock is free: another process syncs another day.
  const other = await runFlatbed(
    ["sync", "stocks_daily", "--from", "2024-01-03", "--to", "2024-01-03"]
      .concat("--out", folder.path),
    { env: environmentOf(server) },
  );
  assertEquals(other.code, 0, other.stderr);

  await setup.change("resume", first.job);
  const done = await setup.until(first.job, "done", "failed", "attention");
  assertEquals([done.state, done.error], ["done", undefined]);
  assertEquals(await Deno.readFile(`${folder.path}/${KEY}`), LARGE);
  const gets = server.records.filter(({ method, key }) =>
    method === "GET" && key === KEY
  );
  assertEquals(gets.length, 2);
  const [, from] = /^bytes=(\d+)-/.exec(gets[1]?.range ?? "") ?? [];
  assertGreater(Number(from), 0, gets[1]?.range);
  const sent = gets.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  // What was under way to the disk comes once more.
  assert(sent - LARGE.length < HALF / 2, `${sent} bytes were sent`);
  assertEquals(gets[1]?.bytesSent, LARGE.length - Number(from));

  // The activity is one, with what it said before and after the pause.
  await using mirror = await Mirror.open(folder.path, { readOnly: true });
  const own = (await mirror.activities()).filter(({ command }) =>
    command.startsWith("flatbed ui")
  );
  assertEquals(own.map(({ state }) => state), ["done"]);
});

Deno.test("a job that is cancelled leaves nothing under a final name, and the next one begins", async () => {
  await using setup = await setUpLarge();
  const job = await setup.start(SYNC);
  const next = await setup.start({
    ...SYNC,
    from: "2024-01-04",
    to: "2024-01-04",
  });
  const last = await setup.start({
    ...SYNC,
    from: "2024-01-05",
    to: "2024-01-05",
  });
  await untilHalf(setup, job);
  const { jobs } = await setup.get<JobsAnswer>("/api/jobs");
  assertEquals(
    jobs.map(({ id, state }) => [id, state]),
    [[job.id, "running"], [next.id, "queued"], [last.id, "queued"]],
  );
  await setup.post("/api/jobs/remove", { id: last.id });
  await setup.post("/api/jobs/remove", { id: job.id }, 409);

  await setup.change("cancel", job);
  assertEquals((await setup.until(job, "cancelled")).error, undefined);
  assertEquals((await setup.until(next, "done")).counts.filesDone, 1);
  const names = await setup.folder.names();
  assert(!names.includes(KEY), names.join(" "));
  assert(names.includes(keyOf("2024-01-04")));
  assert(!names.includes(keyOf("2024-01-05")), "it was removed from the queue");

  // It can be tried again, and then goes on with what has arrived.
  await setup.change("resume", job);
  await setup.until(job, "done");
  assertEquals(await Deno.readFile(`${setup.folder.path}/${KEY}`), LARGE);
});

Deno.test("a job on a mirror that is in use says who works there, and can be tried again", async () => {
  await using setup = await setUpJobs();
  const job = await setup.start({ ...SYNC });
  await setup.until(job, "done");
  let message = "";
  const again = { ...SYNC, from: "2024-01-03", to: "2024-01-03" };
  let failed: Job;
  {
    await using _other = await Mirror.open(setup.folder.path, {
      command: "flatbed watch",
    });
    try {
      await Mirror.open(setup.folder.path);
    } catch (error) {
      assert(error instanceof MirrorBusyError);
      ({ message } = error);
    }
    failed = await setup.start(again);
    failed = await setup.until(failed, "failed");
  }
  assertEquals(failed.error, { code: "mirror-busy", message });
  assertMatch(
    message,
    /process \d+ on \S+ \(flatbed watch\) has been .* since /,
  );
  await setup.change("resume", failed);
  const done = await setup.until(failed, "done");
  assertEquals(done.error, undefined);
});

Deno.test("jobs verify, repair, accept, expect, index and make Parquet, in the words of the commands", async () => {
  await using setup = await setUpJobs();
  const { folder } = setup;
  const none = await setup.until(
    await setup.start({ kind: "verify", mode: "quick" }),
    "failed",
  );
  assertEquals(
    none.error?.message,
    `There is no mirror in ${folder.path}: 'flatbed sync' creates one, also from existing files`,
  );
  setup.server.objects.delete(keyOf("2024-01-04"));
  const synced = await setup.until(
    await setup.start({ ...SYNC, to: "2024-01-05" }),
    "attention",
  );
  assertMatch(
    synced.messages.at(-1)?.text ?? "",
    /^Missing upstream, though due: stocks_daily 2024-01-04$/,
  );

  await Deno.writeTextFile(`${folder.path}/${KEY}`, "damaged");
  await Deno.remove(`${folder.path}/${keyOf("2024-01-03")}`);
  const found = await setup.until(
    await setup.start({ kind: "verify", mode: "full" }),
    "attention",
  );
  assertEquals(
    found.findings?.map(({ code, count, paths }) => [code, count, ...paths]),
    [["damaged", 1, KEY], ["lost", 1, keyOf("2024-01-03")]],
  );
  assertEquals(found.repair?.files, 2);
  assertMatch(
    found.repair?.lines.join("\n") ?? "",
    /^1 file damaged, fetched again: up to [\d.]+ k?B\n1 file lost, fetched again/,
  );
  const repaired = await setup.until(
    await setup.start(found.repair?.request),
    "done",
  );
  assertMatch(
    repaired.messages.at(-1)?.text ?? "",
    /^The mirror is whole: 3 files checked, .*2 files repaired, no problems/,
  );

  const hole = { kind: "accept", dataTypes: ["stocks_daily"] };
  const days = await setup.post<AcceptPlanAnswer>("/api/accept-plan", {
    ...hole,
    // The same days over and over are looked for once.
    days: Array.from({ length: 20_000 }, () => `${DAY}..2024-01-05`),
  });
  assertEquals(days, { count: 1, days: "stocks_daily 2024-01-04" });
  // The same refusal as the command's.
  const refused = await setup.until(
    await setup.start({ ...hole, days: [DAY] }),
    "failed",
  );
  const said = await runFlatbed([
    ...["missing", "--accept", "stocks_daily", DAY, "--out", folder.path],
  ]);
  assertEquals(said.code, 2);
  assertStringIncludes(said.stderr, refused.error?.message ?? "nothing");
  assertMatch(
    refused.error?.message ?? "",
    /lacks 2024-01-02: its file is there$/,
  );
  const planned = await setup.post<{ error: Job["error"] }>(
    "/api/accept-plan",
    { ...hole, days: [DAY] },
    400,
  );
  assertEquals(planned.error?.message, refused.error?.message);
  const accepted = await setup.until(
    await setup.start({ ...hole, days: [`${DAY}..2024-01-05`] }),
    "done",
  );
  assertEquals(accepted.messages.at(-1)?.text, "stocks_daily  2024-01-04");
  const expected = await setup.until(
    await setup.start({ ...hole, kind: "expect", days: ["2024-01-04"] }),
    "done",
  );
  assertEquals(expected.messages.at(-1)?.word, "forgotten");

  const indexed = await setup.until(
    await setup.start({ kind: "index" }),
    "done",
  );
  assertMatch(
    indexed.messages.at(-1)?.text ?? "",
    /^Made 0 indexes, 3 too small/,
  );
  const made = await setup.until(
    await setup.start({ kind: "parquet", last: "1d" }),
    "done",
  );
  assertMatch(made.messages.at(-1)?.text ?? "", /^Made 1 Parquet file of /);
});

Deno.test("what a page may not ask for is refused with a sentence", async () => {
  await using setup = await setUpJobs();
  const refused = async (body: unknown, path = "/api/jobs", status = 400) => {
    const answer = await setup.post<{ error: { message: string } }>(
      path,
      body,
      status,
    );
    return answer.error.message;
  };
  assertEquals(
    await refused({ ...SYNC, dataTypes: [] }),
    "Choose a dataset at least",
  );
  assertMatch(
    await refused({ ...SYNC, dataTypes: ["stocks_dayly"] }),
    /stocks_daily/,
  );
  assertEquals(
    await refused({ ...SYNC, from: "2024-02-01", to: "2024-02-02" }),
    "2024-02-01 is in the future: today is 2024-01-08 in New York",
  );
  assertMatch(await refused({ kind: "sink" }), /expected "sync", /);
  assertMatch(await refused({ ...SYNC, dates: [] }), /dates/);
  assertMatch(await refused([]), /Expected an object/);
  assertMatch(
    await refused({
      kind: "accept",
      dataTypes: ["stocks_daily"],
      days: ["1.2."],
    }),
    /^Write days as 2024-01-02/,
  );
  assertEquals(
    await refused({ id: "none" }, "/api/jobs/pause", 404),
    "This job is not known any more",
  );
  assertEquals((await setup.get<JobsAnswer>("/api/jobs")).jobs, []);
  // Each is another one: the day it ends with is.
  const many = async (day: number) => {
    const { status } = await setup.page.ask("/api/jobs", {
      method: "POST",
      headers: {
        "x-flatbed-token": setup.page.token,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        ...SYNC,
        from: undefined,
        to: new Date(day * 86_400_000).toISOString().slice(0, 10),
      }),
    });
    return status;
  };
  const statuses = await Promise.all(
    Array.from({ length: 130 }, (_, at) => many(19_000 + at)),
  );
  assert(statuses.includes(429), "any number of jobs waits");
  assertGreater(statuses.filter((status) => status === 200).length, 99);

  await using reading = await setUpJobs({}, {
    isReadOnly: true,
    readOnlyReason: "Only to look at",
  });
  for (const path of ["/api/jobs", "/api/plan", "/api/jobs/cancel"]) {
    const answer = await reading.post(path, SYNC, 403);
    assertEquals(answer, {
      error: { code: "read-only", message: "Only to look at" },
    });
  }
});

/** The page of a process: what is posted to it, and its answer. */
async function pageOf(running: RunningFlatbed) {
  const { url, port } = JSON.parse(await running.line());
  const { cookie, token } = await welcomeOf(url);
  return async (path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: {
        cookie,
        "x-flatbed-token": token,
        "content-type": "application/json",
      },
      ...body !== undefined && { method: "POST", body: JSON.stringify(body) },
    });
    return await response.json();
  };
}

const UI = ["ui", "--no-open", "--json", "--port", "0", "--out"];

Deno.test("flatbed ui tells of credentials as the commands do, without a secret, and Ctrl+C ends a job cleanly", async () => {
  await using server = startRecorded({
    objects: [[KEY, { body: LARGE }]],
    faults: [{ kind: "stall", key: KEY, method: "GET", after: HALF }],
  });
  const { FLATBED_ENDPOINT_URL, FLATBED_ACCESS_KEY_ID } = environmentOf(server);
  const env = { FLATBED_ENDPOINT_URL: FLATBED_ENDPOINT_URL ?? "" };
  const wrong = "made-up-and-wrong-secret";
  for (
    const [secrets, what] of [
      [{}, /^No credentials: set FLATBED_ACCESS_KEY_ID and /],
      [{
        FLATBED_ACCESS_KEY_ID: FLATBED_ACCESS_KEY_ID ?? "",
        FLATBED_SECRET_ACCESS_KEY: wrong,
      }, /^FLATBED_SECRET_ACCESS_KEY is not the secret that belongs to /],
    ] as const
  ) {
    await using folder = await makeFolder();
    await using running = startFlatbed([...UI, folder.path], {
      env: { ...env, ...secrets },
    });
    const ask = await pageOf(running);
    const answer = await ask("/api/plan", SYNC);
    assertMatch(answer.error.message, what);
    const { job } = await ask("/api/jobs", SYNC);
    let told: JobsAnswer = { jobs: [] };
    await waitUntil(async () => {
      told = await ask("/api/jobs");
      return told.jobs[0]?.state === "failed";
    }, () => JSON.stringify(told));
    assertEquals(told.jobs[0]?.id, job.id);
    assertEquals(told.jobs[0]?.error?.message, answer.error.message);
    assert(!JSON.stringify([answer, told]).includes(wrong));
    const { code, rest, stderr } = await running.end("SIGINT");
    assertEquals([code, rest + stderr], [0, ""]);
    assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
  }

  await using folder = await makeFolder();
  await using running = startFlatbed([...UI, folder.path], {
    env: environmentOf(server),
  });
  const ask = await pageOf(running);
  await ask("/api/jobs", SYNC);
  let told: JobsAnswer = { jobs: [] };
  await waitUntil(async () => {
    told = await ask("/api/jobs");
    return (told.jobs[0]?.files[0]?.bytes ?? 0) >= HALF;
  }, () => JSON.stringify(told));
  assert(!JSON.stringify(told).includes(TEST_CREDENTIALS.secretAccessKey));
  const { code, rest, stderr } = await running.end("SIGINT");
  assertEquals([code, rest + stderr], [0, ""]);
  const names = await folder.names();
  assert(names.includes(`${KEY}.part`), names.join(" "));
  assert(!names.includes(KEY));
  await using mirror = await Mirror.open(folder.path); // its lock is free
  const [activity] = await mirror.activities();
  assertEquals(
    [activity?.state, activity?.reason],
    ["stopped", "flatbed ui was ended"],
  );
});

Deno.test("commandWords gives the command that does the same, which a shell takes as it is", () => {
  const line = (request: unknown, location = "/data/it's here") =>
    bashWords(commandWords(readJobRequest(request, NOW), {
      location,
      datasets: [
        "stocks_daily",
        "stocks_minute",
        "crypto_daily",
        "crypto_minute",
      ],
    }));
  const both = ["stocks_daily", "stocks_minute"];
  const out = `--out '/data/it'\\''s here'`;
  assertEquals(
    line({ kind: "sync", dataTypes: both, last: "5d", parquet: true }),
    `flatbed sync 'stocks_*' --last 5d --parquet ${out}`,
  );
  assertEquals(
    line({ kind: "repair", mode: "full", dataTypes: ["stocks_daily"] }),
    `flatbed verify stocks_daily --full --repair ${out}`,
  );
  assertEquals(
    line({
      kind: "verify",
      mode: "quick",
      dataTypes: [...both, "crypto_daily", "crypto_minute"],
    }, "d"),
    "flatbed verify '*' --out d",
  );
  assertEquals(
    line({
      kind: "expect",
      dataTypes: ["stocks_daily"],
      days: ["2024-01-02", "2024-01-04..2024-01-05"],
    }, "d"),
    "flatbed missing --forget stocks_daily 2024-01-02 2024-01-04..2024-01-05 --out d",
  );
  assertEquals(
    line({ kind: "index", from: "2024-01-02", to: "2024-01-03" }, "d"),
    "flatbed index --from 2024-01-02 --to 2024-01-03 --out d",
  );
});
