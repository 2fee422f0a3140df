import { addDays, eachDay } from "../../src/calendar/mod.ts";
import { lastDueDate } from "../../src/catalog/mod.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  checkVersions,
  judgeSpace,
} from "../../src/cli/doctor/local_checks.ts";
import {
  type DemoServer,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import {
  environmentOf,
  type Outcome,
  parseLines,
  ROOT,
  runDeno,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer, type Wire } from "../support/raw_server.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const ALL_OK = {
  versions: "ok",
  configuration: "ok",
  credentials: "ok",
  endpoint: "ok",
  clock: "ok",
  account: "ok",
  entitlements: "ok",
  disk: "ok",
  mirror: "ok",
};

/** A check as `--json` prints it. */
interface Line {
  check: keyof typeof ALL_OK;
  status: string;
  message: string;
  advice?: string;
}

/** What a run of the doctor has come to, by the names of the checks. */
interface Diagnosis extends Outcome {
  statuses: Record<string, string>;
  lines: Record<string, Line>;
}

/** Runs `flatbed doctor --json` in a folder of its own, or in the one that is given. */
async function diagnose(
  env: Record<string, string>,
  args: string[] = [],
  folder?: string,
): Promise<Diagnosis> {
  await using own = await makeFolder();
  const outcome = await runFlatbed(["doctor", "--json", ...args], {
    cwd: folder ?? own.path,
    env,
  });
  assertEquals(await own.names(), [], "nothing is left behind");
  return { ...outcome, ...read(outcome) };
}

function read({ stdout }: Outcome): Pick<Diagnosis, "statuses" | "lines"> {
  const lines = parseLines(stdout) as Line[];
  for (const { status, advice, check } of lines) {
    assertEquals(
      advice !== undefined,
      ["warning", "fail"].includes(status),
      check,
    );
  }
  return {
    statuses: Object.fromEntries(
      lines.map(({ check, status }) => [check, status]),
    ),
    lines: Object.fromEntries(lines.map((line) => [line.check, line])),
  };
}

/** An environment that leads to an address where no demo service is. */
function environmentFor(url: string): Record<string, string> {
  return environmentOf({
    url,
    credentials: { accessKeyId: "TEST-KEY-ID", secretAccessKey: "made-up" },
  });
}

Deno.test("flatbed doctor finds everything in place, and fetches and changes nothing", async () => {
  const records: RequestRecord[] = [];
  await using server = startDemoServer({
    onRequest: (record) => records.push(record),
  });
  const { code, stderr, statuses, lines } = await diagnose(
    environmentOf(server),
  );
  assertEquals([code, stderr, statuses], [0, "", ALL_OK]);
  assertMatch(lines.versions?.message ?? "", /^flatbed \d.*, Deno \d/);
  assertEquals(
    lines.credentials?.message,
    "FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY; the key id ends in demo",
  );
  assertEquals(
    records.filter(({ method, status }) => method === "GET" && status < 400),
    [],
  );
});

Deno.test("flatbed doctor tells people in a line for each check, and below what to do", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (env: Record<string, string>) =>
    runFlatbed(["doctor"], { cwd: folder.path, env });
  const good = await run(environmentOf(server));
  assertEquals(good.code, 0);
  assertEquals(good.stdout.split("\n").length, 9 + 3);
  assertMatch(good.stdout, /^ok {7}clock {10}agrees with the service's/m);
  assertStringIncludes(good.stdout, "\n\nEverything is in place\n");
  const bad = await run({ FLATBED_ENDPOINT_URL: server.url });
  assertEquals(bad.code, 1);
  assertMatch(
    bad.stdout,
    /^fail {5}credentials {4}No credentials: set .*\n {24}Your account's dashboard/m,
  );
  assertMatch(
    bad.stdout,
    /^- {8}account {8}not checked because of 'credentials'\n- {8}entitlements {3}not/m,
  );
  assertStringIncludes(bad.stdout, "\n\n1 check failed\n");
});

Deno.test("flatbed doctor tells keys that are missing, mangled or wrong apart, and prints none", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const { FLATBED_SECRET_ACCESS_KEY, ...half } = environmentOf(server);
  const none = await diagnose(half);
  assertStringIncludes(
    none.lines.credentials?.message ?? "",
    "FLATBED_ACCESS_KEY_ID is set, but FLATBED_SECRET_ACCESS_KEY is not",
  );
  const mangled = await diagnose({
    ...half,
    FLATBED_SECRET_ACCESS_KEY: `"${FLATBED_SECRET_ACCESS_KEY}"`,
  });
  assertStringIncludes(
    mangled.lines.credentials?.message ?? "",
    "FLATBED_SECRET_ACCESS_KEY: it is in quotation marks",
  );
  const secret = "another-made-up-secret";
  const wrong = await diagnose({ ...half, FLATBED_SECRET_ACCESS_KEY: secret });
  assertStringIncludes(
    wrong.lines.account?.message ?? "",
    "the secret access key is not the one",
  );
  assertStringIncludes(wrong.lines.account?.advice ?? "", "Copy the S3 access");
  for (
    const [diagnosis, failing] of [
      [none, "credentials"],
      [mangled, "credentials"],
      [wrong, "account"],
    ] as const
  ) {
    assertEquals(diagnosis.code, 1);
    assertEquals(diagnosis.statuses, {
      ...ALL_OK,
      account: "not-checked",
      entitlements: "not-checked",
      [failing]: "fail",
    });
    for (const part of [FLATBED_SECRET_ACCESS_KEY, secret, "flatbed-demo"]) {
      assertFalse(diagnosis.stdout.includes(part ?? ""), diagnosis.stdout);
    }
  }
  const short = await diagnose({
    ...half,
    FLATBED_ACCESS_KEY_ID: "tiny",
    FLATBED_SECRET_ACCESS_KEY: secret,
  });
  assertFalse(short.stdout.includes("tiny"), "nothing is left of a short id");
});

Deno.test("flatbed doctor names the pair that is used", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const { accessKeyId, secretAccessKey } = server.credentials;
  const env = {
    FLATBED_ENDPOINT_URL: server.url,
    POLYGON_ACCESS_KEY_ID: accessKeyId,
    POLYGON_SECRET_ACCESS_KEY: secretAccessKey,
  };
  assertMatch(
    (await diagnose(env)).lines.credentials?.message ?? "",
    /^POLYGON_ACCESS_KEY_ID and POLYGON_SECRET_ACCESS_KEY;/,
  );
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    `[demo]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const profile = await diagnose(
    { FLATBED_ENDPOINT_URL: server.url, AWS_SHARED_CREDENTIALS_FILE: file },
    ["--profile", "demo"],
  );
  assertEquals(profile.statuses, ALL_OK);
  assertMatch(profile.lines.credentials?.message ?? "", /^profile 'demo' of/);
  await Deno.remove(file);
});

Deno.test("flatbed doctor compares the clock with the service's", async () => {
  for (
    const [minutes, status, message] of [
      [0.5, "ok", /^agrees/],
      [2, "warning", /^This machine's clock is (2:0\d|1:5\d) min behind/],
      [-10, "fail", /^This machine's clock is (10:0\d|9:5\d) min ahead of/],
      [60, "fail", /^This machine's clock is (1:00 h|59:5\d min) behind/],
    ] as const
  ) {
    await using server = startDemoServer({
      now: () => new Date(Date.now() + minutes * 60_000),
    });
    const { code, statuses, lines } = await diagnose(environmentOf(server));
    assertEquals(code, status === "fail" ? 1 : 0);
    assertEquals(statuses, {
      ...ALL_OK,
      clock: status,
      ...status === "fail" &&
        { account: "not-checked", entitlements: "not-checked" },
    });
    assertMatch(lines.clock?.message ?? "", message);
  }
});

Deno.test("flatbed doctor tells what answers in the service's place", async () => {
  const page = "<!DOCTYPE html><title>Log in</title>";
  const html = { "Content-Type": "text/html" };
  let answer: (wire: Wire) => unknown = () => {};
  await using raw = new RawServer((_, wire) => answer(wire));
  const cases: [typeof answer, status: string, message: RegExp][] = [
    [
      (wire) => wire.answer(200, page, html),
      "fail",
      /the answer is a web page/,
    ],
    [
      (wire) => wire.answer(302, "", { Location: "http://login.invalid/?a=b" }),
      "fail",
      /a redirect to 'http:\/\/login\.invalid\/'/,
    ],
    [(wire) => wire.answer(503), "fail", /asks to slow down \(503\)/],
    [(wire) => wire.close(), "fail", /the connection failed/],
    [(wire) => wire.stall(), "fail", /no byte arrived for 0.2 seconds/],
    [
      (wire) => wire.answer(404, page, html),
      "warning",
      /answers 404, but not like an S3 service/,
    ],
  ];
  for (const [next, status, message] of cases) {
    answer = next;
    const { code, lines } = await diagnose(environmentFor(raw.url), [
      "--timeout",
      "0.2",
      "--max-retries",
      "0",
    ]);
    assertEquals(lines.endpoint?.status, status, String(message));
    assertMatch(lines.endpoint?.message ?? "", message);
    if (status === "fail") {
      assertEquals(code, 1);
      assertEquals(lines.clock?.status, "not-checked");
    }
  }
});

Deno.test("flatbed doctor tells of an address where nobody is, or none may be asked", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (
    const [url, message] of [
      [`http://127.0.0.1:${port}`, "nothing answers at"],
      ["http://192.0.2.1", "use https, or --allow-http"],
      ["files.polygon.io", "as --endpoint-url"],
    ] as const
  ) {
    const { code, statuses, lines } = await diagnose(environmentFor(url));
    assertEquals(code, 1);
    assertStringIncludes(lines.endpoint?.message ?? "", message);
    assertEquals(statuses, {
      ...ALL_OK,
      endpoint: "fail",
      clock: "not-checked",
      account: "not-checked",
      entitlements: "not-checked",
    });
  }
});

Deno.test("flatbed doctor tells what the plan does not include", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  const forbid = (key: string) => server.faults.add({ kind: "forbidden", key });
  await using folder = await makeFolder();
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    '{"dataTypes": ["stocks_daily", "options_daily"], "out": "data"}',
  );
  forbid("us_options_opra/");
  const wanted = await diagnose(env, [], folder.path);
  assertEquals([wanted.code, wanted.statuses], [1, {
    ...ALL_OK,
    entitlements: "fail",
  }]);
  assertEquals(
    wanted.lines.entitlements?.message,
    "The account can read stocks_daily; may not read options_daily",
  );
  assertStringIncludes(
    wanted.lines.entitlements?.advice ?? "",
    "'flatbed entitlements'",
  );

  const some = await diagnose(env);
  assertEquals([some.code, some.statuses], [0, ALL_OK]);
  assertStringIncludes(
    some.lines.entitlements?.message ?? "",
    "; may not read",
  );
  forbid("");
  const nothing = await diagnose(env);
  assertEquals(nothing.lines.entitlements?.status, "fail");
  assertEquals(nothing.lines.account?.status, "ok");
});

Deno.test("flatbed doctor does not take a newest file that is refused for the whole dataset", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const last = lastDueDate(new Date());
  for (const date of eachDay(addDays(last, -5), last)) {
    const month = date.slice(0, 7).replace("-", "/");
    server.faults.add({
      kind: "forbidden",
      key: `us_stocks_sip/day_aggs_v1/${month}/${date}`,
    });
  }
  const { lines } = await diagnose(environmentOf(server));
  assertStringIncludes(
    lines.entitlements?.message ?? "",
    "The account can read stocks_daily",
  );
});

Deno.test("flatbed doctor wonders where a bucket has no file of the last days", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  for (const operation of ["head", "get"] as const) {
    server.faults.add({
      kind: "status",
      status: 404,
      key: "us_stocks_sip/",
      operation,
    });
  }
  const { code, lines } = await diagnose(environmentOf(server));
  assertEquals([code, lines.entitlements?.status], [0, "warning"]);
  assertStringIncludes(
    lines.entitlements?.message ?? "",
    "finds no file of the last 3 days of stocks_daily",
  );
});

Deno.test("flatbed doctor takes no other server's 404 for a bucket, and no bucket's for a file's", async () => {
  await using web = new RawServer((_, wire) =>
    wire.answer(404, "Not Found", { "Content-Type": "text/plain" })
  );
  await using server = startDemoServer({ scale: 0.1 });
  for (
    const [env, args, message] of [
      [
        { ...environmentOf(server), FLATBED_ENDPOINT_URL: web.url },
        [],
        /there is no such object in bucket 'flatfiles'/,
      ],
      [
        environmentOf(server),
        ["--bucket", "flatfilez"],
        /there is no bucket 'flatfilez'/,
      ],
    ] as const
  ) {
    const { code, lines } = await diagnose(env, [...args]);
    assertEquals([code, lines.account?.status], [1, "fail"]);
    assertMatch(lines.account?.message ?? "", message);
  }
});

Deno.test("flatbed doctor tells where the mirror's folder cannot be written", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  for (const out of ["file", "file/below"]) {
    const { code, statuses, lines } = await diagnose(environmentOf(server), [
      "--out",
      `${folder.path}/${out}`,
    ]);
    assertEquals([code, statuses], [1, {
      ...ALL_OK,
      disk: "fail",
      mirror: "not-checked",
    }]);
    assertStringIncludes(
      lines.disk?.message ?? "",
      "part of its path is a file",
    );
    assertStringIncludes(lines.disk?.advice ?? "", "--out");
  }
  assertEquals(await folder.names(), ["file"]);
});

Deno.test("judgeSpace() warns below a gigabyte, and below a day's files", () => {
  assertEquals(judgeSpace("data", 2e9, 1e9), {
    status: "ok",
    message: "data; 2.00 GB are free",
  });
  assertEquals(judgeSpace("data", undefined, 0).status, "ok");
  assertEquals(judgeSpace("data", 0.9e9, 0), {
    status: "warning",
    message: "data; 900 MB are free",
    advice: "Free some space, or name another folder with --out",
  });
  assertEquals(judgeSpace("data", 0, 0).status, "fail");
  assertMatch(
    judgeSpace("data", 9e9, 10e9).advice ?? "",
    /^A day of the configured data types is up to 10.0 GB: free some space/,
  );
});

Deno.test("checkVersions() wants a Deno that Flatbed is tested with", () => {
  assertEquals(checkVersions().status, "ok");
  assertEquals(checkVersions("3.0.0").status, "ok");
  assertEquals(checkVersions("2.10.0").status, "ok");
  assertEquals(checkVersions("2.8.9").status, "fail");
  const { status, advice = "" } = checkVersions("2.9.5");
  assertEquals(status, "fail");
  const [oldest = ""] = /^Deno [\d.]+ or later/.exec(advice) ?? [];
  const readme = Deno.readTextFileSync(new URL("README.md", ROOT));
  assert(oldest !== "" && readme.includes(oldest), advice);
  assertStringIncludes(
    checkVersions("2.9.6", true).message,
    "a binary with Deno 2.9.6",
  );
});

async function syncWeek(server: DemoServer, out: string): Promise<void> {
  const { code } = await runFlatbed(
    ["sync", "crypto_daily", "--last", "5d", "--out", out],
    { env: environmentOf(server) },
  );
  assertEquals(code, 0);
}

Deno.test("flatbed doctor looks at the mirror: whole, in use, damaged, or without its manifest", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = `${folder.path}/data`;
  await syncWeek(server, out);
  const before = await folder.names();
  const check = async () =>
    (await diagnose(environmentOf(server), ["--out", out])).lines.mirror;
  const whole = await check();
  assertEquals(whole?.status, "ok");
  assertMatch(whole?.message ?? "", /^[2-5] files in /);
  assertEquals(await folder.names(), before);
  {
    await using _ = await Mirror.open(out, { command: "flatbed watch" });
    const inUse = await check();
    assertEquals(inUse?.status, "warning");
    assertStringIncludes(
      inUse?.message ?? "",
      `process ${Deno.pid} `,
    );
  }
  const manifest = `${out}/.flatbed/manifest.sqlite`;
  await Deno.writeTextFile(manifest, "no database at all");
  const damaged = await check();
  assertEquals(damaged?.status, "fail");
  assertStringIncludes(damaged?.advice ?? "", "'flatbed verify --rebuild'");
  await Deno.remove(manifest);
  const lost = await check();
  assertEquals(lost?.status, "warning");
  assertStringIncludes(lost?.advice ?? "", "'flatbed verify --rebuild'");
  assertFalse((await folder.names()).includes("data/.flatbed/manifest.sqlite"));
});

Deno.test("flatbed doctor takes the configuration, and goes on where it is wrong", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const path = `${folder.path}/flatbed.json`;
  const { FLATBED_ENDPOINT_URL: endpointUrl, ...env } = environmentOf(server);
  await Deno.writeTextFile(
    path,
    JSON.stringify({ endpointUrl, dataTypes: ["crypto_*"], out: "data" }),
  );
  const good = await diagnose(env, [], folder.path);
  assertEquals([good.code, good.statuses], [0, ALL_OK]);
  assertEquals(good.lines.configuration?.message, "./flatbed.json");
  assertStringIncludes(
    good.lines.entitlements?.message ?? "",
    "can read crypto_daily, crypto_minute, crypto_trades;",
  );
  assertMatch(good.lines.disk?.message ?? "", /^data, which a sync creates;/);

  await Deno.writeTextFile(path, '{"outt": "data"}');
  const wrong = await diagnose(env, [], folder.path);
  assertEquals([wrong.code, wrong.stderr], [1, ""]);
  assertEquals(wrong.statuses, {
    versions: "ok",
    configuration: "fail",
    credentials: "ok",
    endpoint: "not-checked",
    clock: "not-checked",
    account: "not-checked",
    entitlements: "not-checked",
    disk: "not-checked",
    mirror: "not-checked",
  });
  assertStringIncludes(
    wrong.lines.configuration?.message ?? "",
    "./flatbed.json: there is no field 'outt'",
  );
});

Deno.test("flatbed doctor names the flag of each permission that is missing", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = `${folder.path}/data`;
  await syncWeek(server, out);
  const flags = {
    net: new URL(server.url).host,
    read: folder.path,
    write: folder.path,
  };
  for (
    const [missing, check] of [
      ["net", "endpoint"],
      ["read", "disk"],
      ["write", "disk"],
    ] as const
  ) {
    const left = Object.entries(flags).filter(([name]) => name !== missing)
      .map(([name, value]) => `--allow-${name}=${value}`);
    const { code, stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      "--allow-env=FLATBED_*",
      ...left,
      CLI,
      "doctor",
      "--json",
      "--out",
      out,
    ], { env: environmentOf(server) });
    assertEquals([code, stderr], [1, ""], stdout);
    const line = parseLines(stdout).find((line) => line.check === check);
    assertEquals(line.status, "fail", stdout);
    assert(line.message.includes(`--allow-${missing}`), line.message);
  }
});
