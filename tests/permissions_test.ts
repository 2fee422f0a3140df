import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../src/demo/mod.ts";
import { environmentOf, ROOT, runDeno } from "./support/deno_command.ts";
import { makeFolder } from "./support/folder.ts";

/** The three dots of the README's table. */
const SDK = [
  "AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA",
  "AWS_LAMBDA_BENCHMARK_MODE",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
].join(",");
const CLI = new URL("cli.ts", ROOT).pathname;
const DAY = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-02"];
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

Deno.test("the README's permission table is enough for each command", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  const host = new URL(server.url).host;
  const env = environmentOf(server);
  const online = [`--allow-net=${host}`, `--allow-env=${SDK},FLATBED_*`];
  const files = [
    `--allow-read=${folder.path}`,
    `--allow-write=${folder.path}`,
  ];
  const out = ["--out", folder.path];
  const cases: [permissions: string[], args: string[]][] = [
    [[], ["datasets"]],
    [[], ["keys", ...DAY]],
    [[], ["calendar", "2024"]],
    [[], ["--help"]],
    [online, ["ls", ...DAY]],
    [[...online, ...files], ["get", ...DAY, ...out]],
    [[...online, ...files], ["sync", ...DAY, "--out", `${folder.path}/m`]],
    [[...online, ...files], [
      "verify",
      "--remote",
      "--out",
      `${folder.path}/m`,
    ]],
    [[...online, ...files], [
      "entitlements",
      "stocks_daily",
      "--out",
      `${folder.path}/m`,
    ]],
    [
      [`--allow-read=${folder.path}`, `--allow-env=${SDK}`],
      ["status", "--out", `${folder.path}/m`],
    ],
    [
      [`--allow-read=${folder.path}`, `--allow-env=${SDK}`],
      ["missing", ...DAY, "--out", `${folder.path}/m`],
    ],
    [
      ["--allow-net=127.0.0.1", `--allow-env=${SDK}`, ...files],
      ["demo", "--out", `${folder.path}/demo`],
    ],
  ];
  for (const [permissions, args] of cases) {
    const { code, stderr } = await runDeno(
      ["run", "--no-prompt", ...permissions, CLI, ...args],
      { env },
    );
    assertEquals({ args, code, stderr: code === 0 ? "" : stderr }, {
      args,
      code: 0,
      stderr: "",
    });
  }
});

Deno.test("a missing permission is one sentence that names the flag", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const host = new URL(server.url).host;
  const all = {
    net: `--allow-net=${host}`,
    env: `--allow-env=${SDK},FLATBED_*`,
    read: `--allow-read=${folder.path}`,
    write: `--allow-write=${folder.path}`,
  };
  for (const missing of Object.keys(all)) {
    const permissions = Object.entries(all)
      .filter(([name]) => name !== missing).map(([, flag]) => flag);
    const { code, stderr } = await runDeno(
      [
        "run",
        "--no-prompt",
        ...permissions,
        CLI,
        "get",
        ...DAY,
        "--out",
        folder.path,
      ],
      { env },
    );
    assertEquals(code, 1);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    assertStringIncludes(stderr, `--allow-${missing}`);
  }
});

Deno.test("the README's permission table is enough for the library", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  const program = async (source: string, permissions: string[]) => {
    // Inside the checkout's configuration, from a folder that may not be read.
    const path = `${folder.path}/program.ts`;
    await Deno.writeTextFile(path, source);
    const { code, stdout, stderr } = await runDeno(
      ["run", "--no-prompt", ...permissions, path],
    );
    assertEquals([code, stderr], [0, ""]);
    return stdout.trimEnd();
  };
  const module = (path: string) => JSON.stringify(new URL(path, ROOT).href);
  assertEquals(
    await program(
      `import { S3Catalog } from ${module("src/catalog/mod.ts")};
import { MarketCalendar } from ${module("src/calendar/mod.ts")};
console.log(new S3Catalog().getStocksDailyKey(MarketCalendar.for("XNYS").nextTradingDay("2023-12-31")));`,
      [],
    ),
    KEY,
  );
  const online = [
    `--allow-net=${new URL(server.url).host}`,
    `--allow-env=${SDK}`,
  ];
  const settings = `${
    JSON.stringify(server.credentials)
  }, { endpointUrl: "${server.url}" }`;
  const size = await program(
    `import { AsyncS3Downloader } from ${module("mod.ts")};
await using downloader = new AsyncS3Downloader(${settings});
console.log((await downloader.downloadOne("flatfiles", "${KEY}")).length);`,
    online,
  );
  assertEquals(
    await program(
      `import { SyncS3Downloader } from ${module("mod.ts")};
using downloader = new SyncS3Downloader(${settings});
console.log(downloader.downloadToFile("flatfiles", "${KEY}", "${folder.path}/a.csv").bytes);`,
      [
        ...online,
        `--allow-read=${folder.path},${ROOT.pathname}`,
        `--allow-write=${folder.path}`,
      ],
    ),
    size,
  );
});
