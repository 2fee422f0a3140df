import { assert, assertEquals, assertMatch } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  environmentOf,
  ownEnvironment,
  runFlatbed,
} from "../support/deno_command.ts";
import { welcomeOf } from "../web/_ui.ts";
import { makeFolder } from "../support/folder.ts";
import {
  type RunningFlatbed,
  startFlatbed,
} from "../support/running_flatbed.ts";
import { waitUntil } from "../support/wait_until.ts";

const IS_ROOT = Deno.build.os !== "windows" && Deno.uid() === 0;

/** Whether there is a program that takes a right from root. */
async function hasSetpriv(): Promise<boolean> {
  const command = new Deno.Command("setpriv", {
    args: ["--bounding-set=-dac_override", "true"],
    stderr: "null",
  });
  return await command.output().then(({ success }) => success, () => false);
}

/** What a browser has that has opened an address. */
async function visit(address: string) {
  const base = new URL("/", address).href;
  const { cookie, token } = await welcomeOf(address);
  assert(cookie !== "");
  const get = (path: string) =>
    fetch(new URL(path, base), { headers: { cookie } });
  const post = (path: string, body: unknown) =>
    fetch(new URL(path, base), {
      method: "POST",
      headers: {
        cookie,
        "content-type": "application/json",
        "x-flatbed-token": token,
      },
      body: JSON.stringify(body),
    });
  // deno-lint-ignore no-explicit-any -- whatever the API answers
  const session: any = await (await get("/api/session")).json();
  return { get, post, session };
}

/** The address that a server with `--json` prints. */
async function addressOf(server: RunningFlatbed): Promise<string> {
  const { code, url } = JSON.parse(await server.line());
  assertEquals(code, "listening");
  return url;
}

Deno.test("flatbed ui serves an empty folder, prints its address once, writes nothing, and ends with Ctrl+C", async () => {
  await using folder = await makeFolder();
  await using server = startFlatbed(
    ["ui", "--no-open", "--port", "0", "--out", "mirror"],
    { cwd: folder.path, env: ownEnvironment() },
  );
  assertEquals(await server.line(), "The mirror in mirror is at");
  assertEquals(await server.line(), "");
  const address = (await server.line()).trim();
  assertMatch(address, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\da-f]{64}$/);
  const { get, session } = await visit(address);
  assertMatch(await (await get("/")).text(), /<script type="module"/);
  assertEquals(session.location, "mirror");
  assertEquals(session.mirror, "none");
  assertEquals(session.isReadOnly, false);
  assertEquals(session.hasCredentials, false);
  assertEquals(session.datasets.length, 33);
  assertEquals(session.problem, undefined);
  // A page that listens does not hold it.
  const events = await get("/api/events");
  const reader = events.body?.getReader();
  await reader?.read();
  const { code, rest, stderr } = await server.end("SIGINT");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(rest, /ssh -N -L (\d+):127\.0\.0\.1:\1 USER@HOST/);
  assertMatch(rest, /Ctrl\+C ends it/);
  assert(!rest.includes("token="));
  try {
    while (!(await reader?.read())?.done);
  } catch { /* it may break off as well */ }
  assertEquals(await folder.names(), []);
});

Deno.test("flatbed ui takes flatbed.json as sync does, and tells no secret", async () => {
  await using folder = await makeFolder();
  await using service = startDemoServer();
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    JSON.stringify({
      dataTypes: ["stocks_d*", "crypto_daily"],
      from: { stocks_daily: "2024-01-02", crypto_daily: "2025-01-02" },
      out: "data",
      maxConcurrent: 3,
      keepReplaced: true,
    }),
  );
  const env = { ...ownEnvironment(), ...environmentOf(service) };
  await using server = startFlatbed(
    ["ui", "--no-open", "--port", "0", "--json"],
    { cwd: folder.path, env },
  );
  const { get, session } = await visit(await addressOf(server));
  assertEquals(session.location, "data");
  assertEquals(session.hasCredentials, true);
  assertEquals(session.defaults, {
    dataTypes: ["stocks_daily", "crypto_daily"],
    from: { stocks_daily: "2024-01-02", crypto_daily: "2025-01-02" },
    maxConcurrent: 3,
    keepReplaced: true,
  });
  // Somebody syncs elsewhere: the page has it at once.
  const day = ["--from", "2024-01-02", "--to", "2024-01-02"];
  const { code } = await runFlatbed(["sync", "stocks_daily", ...day], {
    cwd: folder.path,
    env,
  });
  assertEquals(code, 0);
  const again = await (await get("/api/session")).text();
  assertEquals(JSON.parse(again).mirror, "there");
  const { rest, stderr } = await server.end();
  assertMatch(stderr, /^Using \.\/flatbed\.json\n$/);
  for (const text of [again, rest, stderr]) {
    assert(!text.includes(service.credentials.secretAccessKey));
    assert(!text.includes(service.credentials.accessKeyId));
  }
});

Deno.test("flatbed ui takes the next free port, unless one was named", async () => {
  await using folder = await makeFolder();
  const env = ownEnvironment();
  const args = ["ui", "--no-open", "--json", "--out", folder.path];
  await using one = startFlatbed(args, { env });
  const first = Number(new URL(await addressOf(one)).port);
  await using two = startFlatbed(args, { env });
  const second = Number(new URL(await addressOf(two)).port);
  assert(first >= 8642 && second > first && second < 8662);
  const named = await runFlatbed([...args, "--port", `${first}`], { env });
  assertEquals(named.code, 2);
  assertMatch(
    named.stderr,
    /^flatbed: Another program already listens on 127\.0\.0\.1:\d+; name another port with --port\n/,
  );
});

Deno.test("flatbed ui says where it cannot be, before it serves", async () => {
  await using folder = await makeFolder();
  const file = `${folder.path}/file`;
  await Deno.writeTextFile(file, "");
  const env = ownEnvironment();
  const cases: [args: string[], message: string][] = [
    [["--out", file], `Cannot use ${file} as a mirror: it is no folder`],
    [["--port", "70000"], "port ≤ 65535"],
    [["--out", "https://a/b"], "expected a folder of this machine"],
  ];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await runFlatbed(
      ["ui", "--no-open", ...args],
      { env },
    );
    assertEquals([code, stdout], [2, ""]);
    assert(stderr.includes(message), stderr);
  }
});

Deno.test("flatbed ui opens the browser with an address that is good once", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using folder = await makeFolder();
  const { path } = folder;
  const opener = `${path}/xdg-open`;
  await Deno.writeTextFile(
    opener,
    `#!/bin/sh\nprintf '%s' "$1" > '${path}/part' && mv '${path}/part' '${path}/opened'\nexit 3\n`,
    { mode: 0o755 },
  );
  const own = ownEnvironment();
  const env = { ...own, PATH: `${path}:${own.PATH}`, DISPLAY: ":99" };
  const args = ["ui", "--port", "0", "--json", "--out", `${path}/none`];
  await using server = startFlatbed(args, { env });
  const printed = await addressOf(server);
  const isThere = () =>
    Deno.stat(`${path}/opened`).then(() => true, () => false);
  await waitUntil(isThere, "the browser is opened");
  const opened = await Deno.readTextFile(`${path}/opened`);
  assertEquals(new URL(opened).host, new URL(printed).host);
  assert(opened !== printed);
  await visit(opened);
  const again = await fetch(opened);
  assertEquals(again.status, 401);
  await again.body?.cancel();
  await visit(printed);
  assertEquals((await server.end("SIGINT")).code, 0);

  // Without a display, the permission or the program, nothing is said of it.
  await Deno.remove(`${path}/opened`);
  const { DISPLAY: _, ...noDisplay } = env;
  const read = [`--allow-read`, "--allow-write", "--allow-net=127.0.0.1"];
  for (
    const [env_, permissions] of [
      [noDisplay, ["--allow-all"]],
      [env, [...read, "--allow-env"]],
      [{ ...own, PATH: path, DISPLAY: ":99" }, ["--allow-all"]],
    ] as const
  ) {
    if (env_.PATH === path) await Deno.remove(opener);
    await using server = startFlatbed(args, { env: env_ }, permissions);
    await visit(await addressOf(server));
    const { code, stderr } = await server.end();
    assertEquals([code, stderr, await isThere()], [0, "", false]);
  }
});

Deno.test(
  "flatbed ui only shows a mirror that may not be written to, and says why",
  {
    ignore: Deno.build.os === "windows" || IS_ROOT && !await hasSetpriv(),
  },
  async () => {
    await using folder = await makeFolder();
    const { path } = folder;
    await Deno.mkdir(`${path}/.flatbed`);
    const manifest = `${path}/.flatbed/manifest.sqlite`;
    await using service = startDemoServer();
    const env = { ...ownEnvironment(), ...environmentOf(service) };
    const day = ["--from", "2024-01-02", "--to", "2024-01-02"];
    const sync = ["sync", "stocks_daily", ...day, "--out", path];
    assertEquals((await runFlatbed(sync, { env })).code, 0);
    await Deno.chmod(manifest, 0o444);
    // root may write to all files, unless that is taken from it.
    if (IS_ROOT) await Deno.chown(manifest, 65534, 65534);
    const wrapper = IS_ROOT
      ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
      : [];
    const args = ["ui", "--no-open", "--port", "0", "--json", "--out", path];
    await using server = startFlatbed(args, { env }, undefined, wrapper);
    const { session, get } = await visit(await addressOf(server));
    assertEquals(session.isReadOnly, true);
    assertEquals(
      session.readOnlyReason,
      `You have no permission to write to the mirror in ${path}`,
    );
    assertEquals(session.problem, undefined);
    const coverage = await get("/api/coverage");
    assertEquals(coverage.status, 200);
    assert((await coverage.text()).includes("stocks_daily"));
    await server.end();
  },
);

Deno.test("flatbed ui tells what is wrong with credentials once a job needs them, tells none, and leaves no folder", async () => {
  await using folder = await makeFolder();
  await using service = startDemoServer();
  const secret = "made-up-secret-that-nobody-may-see";
  const sync = {
    kind: "sync",
    dataTypes: ["stocks_daily"],
    from: "2024-01-02",
    to: "2024-01-02",
  };
  for (
    const [credentials, answer, says] of [
      [
        {},
        "409 not-set-up",
        /^No credentials: set FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACC/,
      ],
      [
        {
          FLATBED_ACCESS_KEY_ID: service.credentials.accessKeyId,
          FLATBED_SECRET_ACCESS_KEY: secret,
        },
        "502 credentials",
        /^FLATBED_SECRET_ACCESS_KEY is not the secret that belongs to FLATBED_A/,
      ],
    ] as const
  ) {
    await using server = startFlatbed(
      ["ui", "--no-open", "--port", "0", "--json", "--out", "new"],
      {
        cwd: folder.path,
        env: {
          ...ownEnvironment(),
          FLATBED_ENDPOINT_URL: service.url,
          ...credentials,
        },
      },
    );
    const { get, post, session } = await visit(await addressOf(server));
    assertEquals(
      session.hasCredentials,
      "FLATBED_ACCESS_KEY_ID" in credentials,
    );
    const planned = await post("/api/plan", sync);
    const { error } = await planned.json();
    assertMatch(error.message, says);
    assertEquals(`${planned.status} ${error.code}`, answer);
    const started = await post("/api/jobs", sync);
    assertEquals(started.status, 200);
    await started.body?.cancel();
    let jobs = "";
    await waitUntil(async () => {
      jobs = await (await get("/api/jobs")).text();
      return JSON.parse(jobs).jobs[0].state === "failed";
    }, () => `the job fails: ${jobs}`);
    assertEquals(JSON.parse(jobs).jobs[0].error, error);
    const events = (await get("/api/events")).body?.getReader();
    let told = "";
    while (!told.includes("event: job")) {
      told += new TextDecoder().decode((await events?.read())?.value);
    }
    await events?.cancel();
    const { code, rest, stderr } = await server.end("SIGINT");
    assertEquals(code, 0);
    for (const text of [JSON.stringify(error), jobs, told, rest, stderr]) {
      assert(!text.includes(secret));
      assert(!/\bat .*\.ts:\d+/.test(text), text);
    }
    assertEquals(await folder.names(), []);
  }
});
