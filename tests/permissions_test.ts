import { dirname } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../src/demo/mod.ts";
import {
  denoCommand,
  environmentOf,
  type Outcome,
  ROOT,
  runDeno,
} from "./support/deno_command.ts";
import { makeFolder } from "./support/folder.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const DAY = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-02"];
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

/** What commands are run with: the flags of each kind of permission. */
type Flags = Partial<Record<"net" | "env" | "read" | "write" | "run", string>>;

/** Leaves commands something to mend, which they would else ask nobody for. */
async function breakMirror(
  folder: string,
  args: readonly string[],
): Promise<void> {
  const path = `${folder}/m/${KEY}`;
  if (args.includes("--rebuild")) {
    const copy = `${folder}/r/${KEY}`;
    await Deno.mkdir(dirname(copy), { recursive: true });
    await Deno.copyFile(path, copy);
  }
  if (args.includes("--repair")) await Deno.remove(path);
}

/** The rows of docs/permissions.md: each command with its flags, in an order that fills the folders. */
function rows(host: string, folder: string): [flags: Flags, args: string[]][] {
  const own = "FLATBED_*";
  const online = { net: host, env: own };
  const dir = { read: folder };
  const files = { read: folder, write: folder };
  const mirror = ["--out", `${folder}/m`];
  return [
    [{}, ["datasets"]],
    [{}, ["keys", ...DAY]],
    [{}, ["calendar", "2024"]],
    [{}, ["cluster", "slurm", "--shards", "8", "--", "sync", ...DAY]],
    [{}, ["--help"]],
    [{}, ["--version"]],
    [online, ["ls", ...DAY]],
    [{ ...online, ...files }, ["get", ...DAY, "--out", folder]],
    [{ ...online, ...files }, ["sync", ...DAY, ...mirror]],
    [{ env: own, ...dir }, ["verify", "--full", ...mirror]],
    [{ ...online, ...dir }, ["verify", "--remote", ...mirror]],
    [{ ...online, ...files }, ["verify", "--repair", ...mirror]],
    [{ ...online, ...files }, ["verify", "--repair", "--remote", ...mirror]],
    [{ ...online, ...files }, ["verify", "--rebuild", "--out", `${folder}/r`]],
    [{ ...online, ...dir }, ["entitlements", "stocks_daily", ...mirror]],
    [{ env: own, ...dir }, ["extract", "stocks_daily", "AAPL", ...mirror]],
    [{ ...online, ...dir }, [
      "extract",
      ...DAY,
      "A",
      "--out",
      `${folder}/none`,
    ]],
    [dir, ["tickers", "stocks_daily", "--date", "2024-01-02", ...mirror]],
    [dir, ["check", ...DAY, ...mirror]],
    [dir, ["paths", "stocks_daily", ...mirror]],
    [{ ...files, run: Deno.execPath() }, ["sql", "SELECT 1", ...mirror]],
    [{ env: own, ...files }, ["index", ...mirror]],
    [{ ...online, ...files }, [
      "index",
      "stocks_daily",
      "--last",
      "1d",
      "--remote",
      ...mirror,
    ]],
    // A mirror of its own, which nothing is taken away from.
    [{ ...online, ...files }, ["sync", ...DAY, "--out", `${folder}/p`]],
    [{ ...files, run: Deno.execPath() }, [
      "parquet",
      "--out",
      `${folder}/p`,
    ]],
    [files, ["release", "stocks_daily", "--to", "2023-12-31", ...mirror]],
    [dir, ["status", ...mirror]],
    [dir, ["shards", ...mirror]],
    [files, ["status", "--svg", `${folder}/a.svg`, ...mirror]],
    [files, ["status", "--html", `${folder}/a.html`, ...mirror]],
    [dir, ["missing", ...DAY, ...mirror]],
    [files, ["missing", "--accept", "stocks_daily", "2024-01-03", ...mirror]],
    [{ ...files, net: "127.0.0.1" }, [
      "demo",
      "--out",
      `${folder}/demo`,
    ]],
  ];
}

/** The rows of commands that tell of a missing permission in their own way, or have none that must be. */
function ownSentences(
  host: string,
  folder: string,
): [flags: Flags, args: string[]][] {
  const files = { read: folder, write: folder };
  const config = ["--config", `${folder}/flatbed.json`];
  return [
    [{ write: folder }, ["init", ...config]],
    [files, ["init", "--force", ...config]],
    [{ ...files, net: host, env: "FLATBED_*" }, [
      "doctor",
      "--out",
      `${folder}/m`,
    ]],
  ];
}

function runWith(
  flags: Flags,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Outcome> {
  const permissions = Object.entries(flags)
    .map(([name, value]) => `--allow-${name}=${value}`);
  return runDeno(["run", "--no-prompt", ...permissions, CLI, ...args], { env });
}

Deno.test("docs/permissions.md is enough for each command", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const host = new URL(server.url).host;
  for (
    const [flags, args] of [
      ...rows(host, folder.path),
      ...ownSentences(host, folder.path),
    ]
  ) {
    await breakMirror(folder.path, args);
    const { code, stderr } = await runWith(flags, args, environmentOf(server));
    assertEquals({ args, code, stderr: code === 0 ? "" : stderr }, {
      args,
      code: 0,
      stderr: "",
    });
  }
});

Deno.test("docs/permissions.md is enough for flatbed serve, ui and watch", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const host = new URL(server.url).host;
  const files = `--allow-read=${folder.path} --allow-write=${folder.path}`;
  const mirror = `${folder.path}/m`;
  const keys = `${folder.path}/keys`;
  await Deno.mkdir(`${mirror}/.flatbed`, { recursive: true });
  for (
    const [permissions, args, first] of [
      [
        "--allow-net=127.0.0.1",
        ["serve", "--port", "0", "--json"],
        "listening",
      ],
      [
        `--allow-net=127.0.0.1 --allow-read=${mirror},${keys} --allow-write=${keys}`,
        [
          ...["serve", "--port", "0", "--json", "--mirror", mirror],
          ...["--access-key-file", keys, "--make-access-key"],
        ],
        "listening",
      ],
      [
        `--allow-net=127.0.0.1 --allow-read=${mirror} --allow-env=FLATBED_*`,
        ["ui", "--port", "0", "--json", "--out", mirror],
        "listening",
      ],
      [
        `--allow-net=${host} --allow-env=FLATBED_* ${files}`,
        ["watch", "stocks_daily", "--last", "1d", "--json"],
        '{"code":',
      ],
    ] as const
  ) {
    const child = denoCommand(
      [
        "run",
        "--no-prompt",
        ...permissions.split(" "),
        CLI,
        ...args,
        ...args[0] === "watch" ? ["--out", folder.path] : [],
      ],
      { env: environmentOf(server) },
      { stderr: "null" },
    ).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value = "" } = await reader.read();
    assertStringIncludes(value, first);
    child.kill("SIGTERM");
    while (!(await reader.read()).done);
    assertEquals((await child.status).code, 0);
  }
});

Deno.test("a missing permission is one sentence that names the flag, for each command", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const host = new URL(server.url).host;
  const table = rows(host, folder.path);
  for (const [flags, args] of table) {
    if (args[0] === "sync") {
      assertEquals((await runWith(flags, args, env)).code, 0);
    }
  }
  await breakMirror(folder.path, ["--rebuild", "--repair"]);
  for (const [flags, args] of table) {
    await Promise.all(
      Object.keys(flags).map(async (missing) => {
        const { [missing as keyof Flags]: _, ...left } = flags;
        const { code, stderr } = await runWith(left, args, env);
        const note = `${args.join(" ")} without --allow-${missing}: ${stderr}`;
        assertEquals(code, 1, note);
        assertEquals(stderr.trimEnd().split("\n").length, 1, note);
        assertStringIncludes(stderr, `--allow-${missing}`, note);
      }),
    );
  }
});

Deno.test("docs/permissions.md is enough for the library", async () => {
  await using server = startDemoServer({ scale: 0.1 });
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
  const online = [`--allow-net=${new URL(server.url).host}`];
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
      `import { AsyncS3Downloader } from ${module("mod.ts")};
await using downloader = new AsyncS3Downloader(${settings});
console.log((await downloader.downloadBatch("flatfiles", Array(8).fill("${KEY}"))).map((bytes) => bytes.length).join());`,
      online,
    ),
    Array(8).fill(size).join(),
  );
  assertEquals(
    await program(
      `import { AsyncS3Downloader } from ${module("mod.ts")};
await using downloader = new AsyncS3Downloader(${settings});
console.log(await downloader.listObjects("flatfiles", "${KEY}"));`,
      online,
    ),
    `[ "${KEY}" ]`,
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
