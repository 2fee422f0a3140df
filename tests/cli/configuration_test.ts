import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Command } from "commander";
import { DATASETS } from "../../src/catalog/mod.ts";
import { addSyncOptions, SYNC_FIELDS } from "../../src/cli/commands/sync.ts";
import {
  CONFIGURATION_FIELDS,
  parseConfiguration,
} from "../../src/cli/configuration.ts";
import { applyConfiguration } from "../../src/cli/configuration_option.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import denoJson from "../../deno.json" with { type: "json" };
import schema from "../../flatbed.schema.json" with { type: "json" };
import {
  denoCommand,
  environmentOf,
  type Outcome,
  parseLines,
  ROOT,
  runDeno,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const WEEK = ["--from", "2024-01-08", "--to", "2024-01-12"];
const FILES = ["08", "09", "10", "11", "12"].map((day) =>
  `us_stocks_sip/day_aggs_v1/2024/01/2024-01-${day}.csv.gz`
);
const CLI = new URL("cli.ts", ROOT).pathname;

/** A folder with a configuration, and what leads flatbed to a service without an endpoint. */
async function setUp(
  configuration: unknown,
): Promise<
  TemporaryFolder & {
    flatbed(args: string[], env?: Record<string, string>): Promise<Outcome>;
  }
> {
  const folder = await makeFolder();
  const text = typeof configuration === "string"
    ? configuration
    : JSON.stringify(configuration);
  await Deno.writeTextFile(`${folder.path}/flatbed.json`, text);
  return Object.assign(folder, {
    flatbed: (args: string[], env: Record<string, string> = {}) =>
      runFlatbed(args, { cwd: folder.path, env }),
  });
}

function credentialsOf(server: Parameters<typeof environmentOf>[0]) {
  const { FLATBED_ENDPOINT_URL: _, ...credentials } = environmentOf(server);
  return credentials;
}

Deno.test("flatbed sync without arguments does what flatbed.json says", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({
    dataTypes: ["stocks_d*"],
    out: "data",
    from: "2024-01-08",
    endpointUrl: server.url,
    decompress: true,
  });
  const env = credentialsOf(server);
  const first = await folder.flatbed(["sync", "--to", "2024-01-12"], env);
  assertEquals([first.code, first.stderr], [
    0,
    `Using ./flatbed.json for ${new URL(server.url).host}\n`,
  ]);
  const names = (await folder.names()).filter((name) => name.endsWith("csv"));
  assertEquals(
    names,
    FILES.map((name) => `data/${name.replace(".gz", "")}`),
  );
  const json = await folder.flatbed(
    ["sync", "--to", "2024-01-12", "--json"],
    env,
  );
  // Whose service gets the requests is said with --json, too.
  assertEquals([json.code, json.stderr], [0, first.stderr]);
  assertEquals(parseLines(json.stdout).at(-1).present, 5);
});

Deno.test("a configuration's folder is relative to its file, wherever flatbed runs", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({ dataTypes: ["stocks_daily"], out: "a/b" });
  await using elsewhere = await makeFolder();
  const { code, stderr } = await runFlatbed(
    ["sync", ...WEEK, "--config", `${folder.path}/flatbed.json`],
    { cwd: elsewhere.path, env: environmentOf(server) },
  );
  assertEquals([code, stderr], [0, `Using ${folder.path}/flatbed.json\n`]);
  assertEquals(
    (await folder.names()).filter((name) => name.endsWith(".gz")),
    FILES.map((name) => `a/b/${name}`),
  );
  assertEquals(await elsewhere.names(), []);
});

Deno.test("a configuration is looked for in the current folder only", async () => {
  await using folder = await setUp("none");
  await Deno.mkdir(`${folder.path}/below`);
  const { code, stderr } = await runFlatbed(["missing"], {
    cwd: `${folder.path}/below`,
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "There is no mirror in ./flatbed-data");
});

Deno.test("options win over the environment, and that over a configuration", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({
    dataTypes: ["forex_daily"],
    out: "data",
    from: "2024-01-10",
    endpointUrl: "http://127.0.0.1:1",
    decompress: true,
  });
  const args = ["sync", "stocks_daily", ...WEEK, "--no-decompress"];
  const env = environmentOf(server);
  assertEquals(
    (await folder.flatbed([...args, "--out", "other"], env)).code,
    0,
  );
  assertEquals(
    (await folder.names()).filter((name) => /csv/.test(name)),
    FILES.map((name) => `other/${name}`),
  );
  const option = await folder.flatbed(
    ["ls", "stocks_daily", "--limit", "1", "--endpoint-url", server.url],
    { ...env, FLATBED_ENDPOINT_URL: "http://127.0.0.1:1" },
  );
  assertEquals(option.code, 0);
  const last = await folder.flatbed(
    ["missing", "forex_daily", "--last", "2d", "--json", "--out", "other"],
  );
  assertEquals(last.code, 3, "--last takes the place of the file's from");
  assertEquals(parseLines(last.stdout).length, 2);
});

Deno.test("applyConfiguration() fills in what is not given, and tells what that was", () => {
  const configuration = parseConfiguration(
    JSON.stringify({
      dataTypes: ["stocks_daily"],
      out: "/data",
      limitRate: "20M",
      maxConcurrent: 3,
      keepReplaced: true,
      region: "eu-west-1",
      bucket: "other",
    }),
    "./flatbed.json",
  );
  const apply = (...args: string[]): Record<string, unknown> => {
    const command = addSyncOptions(new Command())
      .argument("[name...]")
      .action(() => {});
    command.parse(args, { from: "user" });
    const used = applyConfiguration(
      command,
      { path: "x", configuration },
      SYNC_FIELDS,
    );
    return { used, ...command.opts() };
  };
  assertEquals(apply(), {
    used: SYNC_FIELDS.filter((name) => name in configuration),
    dataTypes: ["stocks_daily"],
    out: "/data",
    limitRate: 20_000_000,
    maxConcurrent: 3,
    keepReplaced: true,
    region: "eu-west-1",
    bucket: "other",
  });
  const given = apply(
    ..."a --out . --limit-rate 1M --max-concurrent 1 --no-keep-replaced"
      .split(" "),
    ..."--region x --bucket flatfiles".split(" "),
  );
  assertEquals(given, {
    used: [],
    out: ".",
    limitRate: 1_000_000,
    maxConcurrent: 1,
    keepReplaced: false,
    region: "x",
    bucket: "flatfiles",
  });
});

Deno.test("each command takes what concerns it from a configuration", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({
    dataTypes: ["stocks_daily", "crypto_daily"],
    out: "data",
    from: "2024-01-08",
    endpointUrl: server.url,
  });
  const env = credentialsOf(server);
  await folder.flatbed(
    ["sync", "stocks_daily", "--from", "2024-01-09", "--to", "2024-01-12"],
    env,
  );

  const status = await folder.flatbed(["status", "--json"]);
  assertEquals(parseLines(status.stdout).map(({ files }) => files), [4]);
  const verify = await folder.flatbed(["verify", "--remote", "--json"], env);
  assertEquals(parseLines(verify.stdout).at(-1).checked, 4);
  const missing = await folder.flatbed(["missing", "--to", "2024-01-09"]);
  assertEquals(
    [missing.stderr, missing.stdout],
    [
      "Using ./flatbed.json\n",
      "stocks_daily  2024-01-08\ncrypto_daily  2024-01-08\ncrypto_daily  2024-01-09\n",
    ],
  );
  const listed = await folder.flatbed(
    ["ls", "stocks_daily", "--limit", "1"],
    env,
  );
  assertEquals(listed.code, 0);
  const entitled = await folder.flatbed(
    ["entitlements", "stocks_daily", "--json"],
    env,
  );
  assertEquals(parseLines(entitled.stdout)[0].since, "2003-09-10");
  const got = await folder.flatbed(
    ["get", "forex_daily", "--date", "2024-01-09"],
    env,
  );
  assertEquals(got.code, 0);
  assert(
    (await folder.names()).includes(
      "data/global_forex/day_aggs_v1/2024/01/2024-01-09.csv.gz",
    ),
  );
});

Deno.test("flatbed watch without arguments takes the data types of a configuration", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({
    dataTypes: ["crypto_daily"],
    out: "data",
    endpointUrl: server.url,
  });
  const child = denoCommand(
    ["run", "-A", CLI, "watch", "--last", "5d", "--json"],
    { cwd: folder.path, env: credentialsOf(server) },
  ).spawn();
  const lines: string[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    lines.push(text);
    if (text.includes('"waiting"')) child.kill("SIGTERM");
  }
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
  const start = parseLines(lines.join("")).find(({ code }) =>
    code === "fetched"
  );
  assertEquals(start.dataType, "crypto_daily");
});

Deno.test("flatbed sync and watch ask which data types where nothing says it", async () => {
  await using folder = await makeFolder();
  for (const command of ["sync", "watch"]) {
    const { code, stderr } = await runFlatbed([command], { cwd: folder.path });
    assertEquals(code, 2);
    assertMatch(
      stderr,
      /^flatbed: Which data types\? .*'flatbed init'.*\n'flatbed \w+ --help' shows the options\n$/,
    );
  }
});

Deno.test("parseConfiguration() names the file, the field and what is wanted", () => {
  for (
    const [configuration, message] of [
      [
        { datatypes: [] },
        "there is no field 'datatypes'; did you mean dataTypes?",
      ],
      [
        { frobnicate: [] },
        "there is no field 'frobnicate', only $schema, dataTypes, out,",
      ],
      [{ concurrency: 8 }, "; did you mean maxConcurrent?"],
      [
        { dataTypes: "stocks_daily" },
        "'dataTypes': expected a list of data types",
      ],
      [{ dataTypes: [] }, "'dataTypes': expected a list"],
      [{ dataTypes: ["stock_daily"] }, "; did you mean stocks_daily?"],
      [{ out: 1 }, "'out': expected a folder's path"],
      [{ out: "~/data" }, "'out': expected a folder's path"],
      [{ out: "a\u001b[2J" }, "'out': expected a folder's path"],
      [{ from: "2024-02-30" }, "'from': expected a date"],
      [{ from: "yesterday" }, "'from': expected a date"],
      [{ from: {} }, "'from': expected a date"],
      [{ from: { stocks_daily: "2024-02-30" } }, "'from': expected a date"],
      [{ from: { stock_daily: "2024-01-02" } }, "did you mean stocks_daily?"],
      [
        { endpointUrl: "files.polygon.io" },
        "'endpointUrl': expected a URL",
      ],
      [{ endpointUrl: "ftp://a" }, "'endpointUrl': expected a URL"],
      [{ region: "" }, "'region': expected a region's name"],
      [{ bucket: "../a" }, "'bucket': expected a bucket's name"],
      [{ decompress: "yes" }, "'decompress': expected true or false"],
      [{ limitRate: 20 }, "'limitRate': expected a string of bytes per second"],
      [
        { limitRate: "fast" },
        "'limitRate': expected a string of bytes per second",
      ],
      [{ maxConcurrent: 0 }, "'maxConcurrent': expected an integer ≥ 1"],
      [
        { maxConcurrent: "8" },
        "'maxConcurrent': expected an integer ≥ 1",
      ],
      [{ keepReplaced: "yes" }, "'keepReplaced': expected true or false"],
      [{ deleteReplaced: "keep" }, "; did you mean keepReplaced?"],
      [[], "expected a JSON object"],
      [null, "expected a JSON object"],
    ] as const
  ) {
    const { message: said } = assertThrows(
      () => parseConfiguration(JSON.stringify(configuration), "a/flatbed.json"),
      UsageError,
      message,
    );
    assert(said.startsWith("a/flatbed.json: "), said);
  }
  const { message } = assertThrows(
    () => parseConfiguration('{"\\u001b[2J\\n": 1}', "x"),
    UsageError,
  );
  assertFalse(/\p{Cc}/u.test(message));
});

Deno.test("parseConfiguration() reads what an editor saves with a byte order mark", () => {
  assertEquals(parseConfiguration('\uFEFF{"bucket": "b"}', "x"), {
    bucket: "b",
  });
});

Deno.test("parseConfiguration() refuses credentials, and quotes none", () => {
  const secret = "made-up-secret-value";
  for (
    const text of [
      `{"accessKeyId": "${secret}"}`,
      `{"secretAccessKey": "${secret}"}`,
      `{"AWS_SESSION_TOKEN": "${secret}"}`,
      `{"endpointUrl": "https://id:${secret}@files.polygon.io"}`,
      `{"endpointUrl": "https://files.polygon.io/?signature=${secret}"}`,
      `{"region": {"secretAccessKey": "${secret}"}}`,
      `{"secretAccessKey": "${secret}" x`,
      `${secret}`,
    ]
  ) {
    const { message } = assertThrows(
      () => parseConfiguration(text, "./flatbed.json"),
      UsageError,
      "./flatbed.json: ",
    );
    assertFalse(message.includes("made-up"), message);
  }
  assertThrows(
    () => parseConfiguration('{"secret_key": ""}', "./flatbed.json"),
    UsageError,
    "'secret_key' does not belong there: credentials are set in the environment",
  );
  assertThrows(
    () => parseConfiguration("{\n  x\n}", "./flatbed.json"),
    UsageError,
    "it is not JSON (line 2 column 3)",
  );
});

Deno.test("a wrong configuration is one sentence and exit code 2", async () => {
  await using folder = await setUp({ maxConcurrent: "many" });
  const { code, stderr } = await folder.flatbed(["ls", "stocks_daily"]);
  assertEquals([code, stderr], [
    2,
    "flatbed: ./flatbed.json: 'maxConcurrent': expected an integer ≥ 1\n",
  ]);
  const named = await folder.flatbed(["sync", "--config", "none.json"]);
  assertEquals([named.code, named.stderr], [
    2,
    "flatbed: Cannot read 'none.json': there is no such file or folder\n",
  ]);
});

Deno.test("commands that ask nobody and keep nothing do not read a configuration", async () => {
  await using folder = await setUp("not JSON");
  for (
    const args of [
      ["keys", "stocks_daily", "--date", "2024-01-02"],
      ["datasets"],
      ["calendar", "2024-01"],
      ["--version"],
      ["sync", "--help"],
    ]
  ) {
    const { code, stderr } = await folder.flatbed(args);
    assertEquals({ args, code, stderr }, { args, code: 0, stderr: "" });
  }
});

Deno.test("a configuration that may not be read is none, unless it is named", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp("not JSON");
  const run = (...args: string[]) =>
    runDeno(
      [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--allow-env",
        CLI,
        "get",
        "forex_daily",
        "--date",
        "2024-01-02",
        "--output",
        "-",
        ...args,
      ],
      { cwd: folder.path, env: environmentOf(server) },
    );
  const { code, stderr } = await run();
  assertEquals([code, stderr], [0, ""]);
  const named = await run("--config", "flatbed.json");
  assertEquals(named.code, 1);
  assertStringIncludes(named.stderr, "--allow-read");
});

Deno.test("a configuration cannot allow plain http to another machine", async () => {
  await using folder = await setUp({ endpointUrl: "http://192.0.2.1" });
  const env = credentialsOf({
    url: "",
    credentials: {
      accessKeyId: "made-up",
      secretAccessKey: "made-up",
    },
  });
  const { code, stderr } = await folder.flatbed(["ls", "stocks_daily"], env);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "use https, or --allow-http");
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    '{"allowHttp": true}',
  );
  const allowed = await folder.flatbed(["ls", "stocks_daily"], env);
  assertEquals(allowed.code, 2);
  assertStringIncludes(allowed.stderr, "there is no field 'allowHttp'");
});

Deno.test("flatbed init writes a configuration that sync takes, and nothing over another", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const path = `${folder.path}/flatbed.json`;
  const options = { cwd: folder.path, env: environmentOf(server) };
  const plain = await runFlatbed(["init"], options);
  assertEquals(plain.code, 0);
  assertMatch(plain.stdout, /^Written to \.\/flatbed\.json\n/);
  // The credentials are set already.
  assertMatch(
    plain.stdout,
    /\n {2}1\. flatbed doctor .*\n {2}2\. flatbed sync /,
  );
  assertFalse(plain.stdout.includes("ACCESS_KEY_ID"));
  const first = await runFlatbed(["init", "--force"], { cwd: folder.path });
  assertMatch(
    first.stdout,
    /\n {2}1\. Set FLATBED_ACCESS_KEY_ID [^]*\n {2}3\. flatbed sync /,
  );
  const $schema =
    `https://jsr.io/@flatbed/flatbed/${denoJson.version}/flatbed.schema.json`;
  const text = await Deno.readTextFile(path);
  assertEquals(
    text,
    `${
      JSON.stringify(
        { $schema, dataTypes: ["stocks_daily"], out: "./flatbed-data" },
        null,
        2,
      )
    }\n`,
  );

  const args = [
    "init",
    "forex_*",
    "--from",
    "2024-01-02",
    "--limit-rate",
    "20M",
  ];
  const refused = await runFlatbed(args, options);
  assertEquals([refused.code, refused.stderr], [
    2,
    "flatbed: ./flatbed.json already exists: --force overwrites it\n",
  ]);
  assertEquals(await Deno.readTextFile(path), text);

  const forced = await runFlatbed([...args, "--force", "--json"], options);
  assertEquals(forced.code, 0);
  const content = {
    $schema,
    dataTypes: ["forex_*"],
    out: "./flatbed-data",
    from: "2024-01-02",
    limitRate: "20M",
  };
  assertEquals(JSON.parse(await Deno.readTextFile(path)), content);
  assertEquals(parseLines(forced.stdout), [
    { code: "written", path: "./flatbed.json", ...content },
  ]);
  const sync = await runFlatbed(["sync", "--to", "2024-01-03"], options);
  assertEquals([sync.code, sync.stderr], [0, "Using ./flatbed.json\n"]);
});

Deno.test("flatbed init has an option for each field, and writes what it is given", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/etc`);
  const { code } = await runFlatbed([
    "init",
    ..."stocks_daily --config etc/a.json --out data --from 2024-01-02".split(
      " ",
    ),
    ..."--endpoint-url https://files.massive.com --region x --bucket b".split(
      " ",
    ),
    ..."--out-endpoint https://s3.example --out-region y".split(" "),
    ..."--out-addressing host".split(" "),
    ..."--decompress --limit-rate 1G --max-concurrent 2".split(" "),
    ..."--keep-replaced".split(" "),
  ], { cwd: folder.path });
  assertEquals(code, 0);
  const { $schema, ...rest } = JSON.parse(
    await Deno.readTextFile(`${folder.path}/etc/a.json`),
  );
  assertEquals(["$schema", ...Object.keys(rest)], [...CONFIGURATION_FIELDS]);
  assertMatch($schema, /\.schema\.json$/);
  assertEquals(rest, {
    dataTypes: ["stocks_daily"],
    out: "../data",
    outEndpoint: "https://s3.example",
    outRegion: "y",
    outAddressing: "host",
    from: "2024-01-02",
    endpointUrl: "https://files.massive.com",
    region: "x",
    bucket: "b",
    decompress: true,
    limitRate: "1G",
    maxConcurrent: 2,
    keepReplaced: true,
  });
});

Deno.test("flatbed init leaves the folder beside the file where none is named", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/etc`);
  const config = ["--config", "etc/flatbed.json"];
  const options = { cwd: folder.path };
  const { stdout } = await runFlatbed(["init", ...config], options);
  assertStringIncludes(stdout, "flatbed sync --config etc/flatbed.json ");
  const { out } = JSON.parse(
    await Deno.readTextFile(`${folder.path}/etc/flatbed.json`),
  );
  assertEquals(out, "./flatbed-data");
  const { stderr } = await runFlatbed(["status", ...config], options);
  assertStringIncludes(stderr, "There is no mirror in etc/flatbed-data");
});

Deno.test("flatbed init names the configuration's own folder, and says what to type in quotes", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/my data`);
  const { code, stdout } = await runFlatbed(
    ["init", "--config", "my data/flatbed.json", "--out", "my data"],
    { cwd: folder.path },
  );
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    "flatbed doctor --config 'my data/flatbed.json'",
  );
  const written = await Deno.readTextFile(
    `${folder.path}/my data/flatbed.json`,
  );
  assertEquals(JSON.parse(written).out, ".");
});

Deno.test("flatbed takes many stars in a data type for what they are, at once", async () => {
  const { code, stdout } = await runFlatbed([
    "datasets",
    `${"*".repeat(40)}_daily`,
  ]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "stocks_daily");
  for (
    const name of [
      `${"*".repeat(40)}x`,
      "stocks_daily*stocks_daily",
      "*a*a*a*a*a*",
    ]
  ) {
    const refused = await runFlatbed(["datasets", name]);
    assertEquals(refused.code, 2, name);
  }
});

Deno.test("flatbed init writes nothing that it would refuse to read", async () => {
  await using folder = await makeFolder();
  for (
    const args of [
      ["nonsense"],
      ["--endpoint-url", "https://id:made-up-secret@files.polygon.io"],
      ["--out", "a\u0007b"],
    ]
  ) {
    const { code, stderr } = await runFlatbed(["init", ...args], {
      cwd: folder.path,
    });
    assertEquals([code, stderr.split("flatbed: ").length], [2, 2], stderr);
    assertFalse(stderr.includes("made-up-secret"));
  }
  assertEquals(await folder.names(), []);
});

Deno.test("flatbed.schema.json is published, and knows what a configuration may hold", () => {
  assert(denoJson.publish.include.includes("flatbed.schema.json"));
  assertFalse(schema.additionalProperties);
  assertEquals(Object.keys(schema.properties), [...CONFIGURATION_FIELDS]);
  const { dataTypes, ...others } = schema.properties;
  assertEquals(
    dataTypes.items.anyOf[0]?.enum,
    DATASETS.map(({ id }) => id),
  );
  // What the schema's words say of single values, next to the reader's own rules.
  const samples = ["", "a", "20M", "1.5G", "M", "2024-01-02", "2024-1-2"]
    .concat(
      "https://a.b",
      "http://127.0.0.1:9000/",
      "ftp://a",
      "https://u:p@a",
      "https://a?b",
      "~/a",
      "/data",
      "keep",
      "overwrite",
      "..",
      "us-east-1",
    );
  for (const [name, rule] of Object.entries(others)) {
    for (const value of [...samples, true, 0, 1, 1.5]) {
      const isRead = (() => {
        try {
          parseConfiguration(JSON.stringify({ [name]: value }), "x");
          return true;
        } catch {
          return false;
        }
      })();
      assertEquals({ name, value, ok: agrees(rule, value) }, {
        name,
        value,
        ok: isRead,
      });
    }
  }
});

interface SchemaRule {
  type?: string;
  anyOf?: SchemaRule[];
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  minLength?: number;
}

/** Whether a value follows a rule, by the few words that the schema uses for single values. */
function agrees(rule: SchemaRule, value: string | number | boolean): boolean {
  if (rule.anyOf !== undefined) {
    return rule.anyOf.some((one) => agrees(one, value));
  }
  if (rule.enum !== undefined) return rule.enum.includes(value);
  if (typeof value === "string") {
    return rule.type === "string" && value.length >= (rule.minLength ?? 0) &&
      new RegExp(rule.pattern ?? "", "u").test(value);
  }
  if (typeof value === "number") {
    return rule.type === "integer" && Number.isInteger(value) &&
      value >= (rule.minimum ?? -Infinity);
  }
  return rule.type === "boolean";
}

Deno.test("a configuration has a first date for each data type", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await setUp({
    dataTypes: ["stocks_daily", "crypto_daily"],
    out: "data",
    from: { stocks_daily: "2024-01-11", "*": "2024-01-10" },
  });
  const env = environmentOf(server);
  const sync = ["sync", "--to", "2024-01-12"];
  const { code } = await folder.flatbed(sync, env);
  assertEquals(code, 0);
  const names = (await folder.names()).filter((name) => name.endsWith(".gz"));
  assertEquals(
    names.map((name) => name.replace(/^data\/|\d{4}\/\d{2}\/|.csv.gz$/g, "")),
    [
      "global_crypto/day_aggs_v1/2024-01-10",
      "global_crypto/day_aggs_v1/2024-01-11",
      "global_crypto/day_aggs_v1/2024-01-12",
      "us_stocks_sip/day_aggs_v1/2024-01-11",
      "us_stocks_sip/day_aggs_v1/2024-01-12",
    ],
  );
  // The command line wins over all of it.
  const more = await folder.flatbed(
    [...sync, "--from", "2024-01-09", "--dry-run", "--json"],
    env,
  );
  assertEquals(parseLines(more.stdout)[0].counts.new, 3);
});
