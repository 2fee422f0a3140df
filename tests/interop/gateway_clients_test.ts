/**
 * A gateway is read by the clients that people have. Each is tried where it is to be had:
 * in the folder that `FLATBED_TEST_BIN` names, or on the PATH; Python packages in the
 * Python that `FLATBED_TEST_PYTHON` names.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { type Gateway, startGateway } from "../../src/web/mod.ts";
import { openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const PYTHON = Deno.env.get("FLATBED_TEST_PYTHON") || "python3";
const KEY = {
  accessKeyId: "FLATBEDTEST",
  secretAccessKey: "made-up/gateway+secret=",
};
const DAYS = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-02",
  to: "2024-01-05",
};
const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";
const CSV = `${FOLDER}/2024-01-02.csv.gz`;
const PARQUET = `parquet/${FOLDER}/2024-01-02.parquet`;
const NOW = new Date("2024-01-08T17:00:00Z");

interface Setup extends AsyncDisposable {
  gateway: Gateway;
  mirror: TemporaryFolder;
  /** For what clients write. */
  out: TemporaryFolder;
}

async function setUp(): Promise<Setup> {
  await using cleanup = new AsyncDisposableStack();
  const mirror = cleanup.use(await makeFolder());
  const out = cleanup.use(await makeFolder());
  {
    await using server = startRecorded();
    await using downloader = openDownloader(server.url);
    await using writer = await Mirror.open(mirror.path, {
      downloader,
      now: () => NOW,
    });
    await writer.sync(await writer.plan(DAYS));
    await writer.toParquet();
  }
  const opened = cleanup.use(
    await Mirror.open(mirror.path, { readOnly: true }),
  );
  const gateway = cleanup.use(
    await startGateway({ mirror: opened, keys: [KEY] }),
  );
  const kept = cleanup.move();
  return {
    gateway,
    mirror,
    out,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The environment of clients: no configuration of who runs the tests. */
function environmentOf({ gateway, out }: Setup): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: out.path,
    AWS_ACCESS_KEY_ID: KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL: gateway.url,
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: "127.0.0.1",
  };
}

async function run(
  setup: Setup,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { ...environmentOf(setup), ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Where a program is, if its version can be asked for. */
function find(name: string, trial: string): string | undefined {
  const folders = [
    Deno.env.get("FLATBED_TEST_BIN"),
    ...(Deno.env.get("PATH") ?? "").split(":"),
  ];
  for (const folder of folders) {
    if (!folder) continue;
    try {
      const { success } = new Deno.Command(`${folder}/${name}`, {
        args: [trial],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).outputSync();
      if (success) return `${folder}/${name}`;
    } catch {
      // it is not there
    }
  }
}

/** Whether the Python can run a program. */
function canRun(program: string): boolean {
  try {
    return new Deno.Command(PYTHON, {
      args: ["-c", program],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false; // there is no such program
  }
}

const packages: {
  name: string;
  /** What the package needs besides itself. */
  needs?: { what: string; program: string };
}[] = [
  { name: "boto3" },
  { name: "polars" },
  { name: "pyarrow" },
  {
    name: "duckdb",
    needs: {
      what: "extension httpfs",
      program: "import duckdb; duckdb.connect().execute('LOAD httpfs')",
    },
  },
];

for (const { name, needs } of packages) {
  const lack = !canRun(`import ${name}`)
    ? "there is no Python with it"
    : needs !== undefined && !canRun(needs.program)
    ? `its ${needs.what} is not installed`
    : undefined;
  Deno.test({
    name: `${name} reads a gateway${
      lack === undefined ? "" : `: skipped, ${lack}`
    }`,
    ignore: lack !== undefined,
    async fn() {
      await using setup = await setUp();
      const { gateway, mirror } = setup;
      const { code, stderr } = await run(setup, PYTHON, [
        fileURLToPath(new URL("check_gateway.py", import.meta.url)),
        ...[name, gateway.url, KEY.accessKeyId, KEY.secretAccessKey],
        ...[mirror.path, CSV, PARQUET],
        // What a package needs besides itself may be in the user's folder.
      ], needs && { HOME: Deno.env.get("HOME") ?? "" });
      assertEquals([code, stderr], [0, stderr]);
    },
  });
}

/** What a program is asked, so that the mirror's files are in a folder at the end. */
const COPIES: Record<
  string,
  { trial: string; args(url: string, out: string): string[][] }
> = {
  aws: {
    trial: "--version",
    args: (url, out) => [
      ["--endpoint-url", url, "s3", "ls", `s3://flatfiles/${FOLDER}/`],
      ["--endpoint-url", url, "s3", "sync", "s3://flatfiles", out, "--quiet"],
    ],
  },
  s5cmd: {
    trial: "version",
    args: (url, out) => [
      ["--endpoint-url", url, "ls", `s3://flatfiles/${FOLDER}/`],
      ["--endpoint-url", url, "cp", "s3://flatfiles/*", `${out}/`],
    ],
  },
  rclone: {
    trial: "version",
    args: (url, out) => {
      const remote =
        `:s3,provider=Other,env_auth=true,region=us-east-1,endpoint="${url}":flatfiles`;
      return [
        ["ls", remote],
        ["copy", remote, out],
        ["check", out, remote],
      ];
    },
  },
};

for (const [name, { trial, args }] of Object.entries(COPIES)) {
  const program = find(name, trial);
  Deno.test({
    name: `${name} copies from a gateway${
      program === undefined ? ": skipped, there is no such program" : ""
    }`,
    ignore: program === undefined,
    async fn() {
      assert(program !== undefined);
      await using setup = await setUp();
      const { gateway, mirror, out } = setup;
      const copy = `${out.path}/copy`;
      for (const command of args(gateway.url, copy)) {
        const { code, stderr } = await run(setup, program, command);
        assertEquals([command[0], code, stderr], [command[0], 0, stderr]);
      }
      const own = (await mirror.names())
        .filter((name) => !name.startsWith(".flatbed/"));
      assertEquals(own.length, 8);
      for (const name of own) {
        assertEquals(
          await Deno.readFile(`${copy}/${name}`),
          await Deno.readFile(`${mirror.path}/${name}`),
        );
      }
    },
  });
}

const curl = find("curl", "--version");

Deno.test({
  name: `curl --aws-sigv4 reads a gateway${
    curl === undefined ? ": skipped, there is no curl" : ""
  }`,
  ignore: curl === undefined,
  async fn() {
    assert(curl !== undefined);
    await using setup = await setUp();
    const { gateway, mirror, out } = setup;
    const user = `${KEY.accessKeyId}:${KEY.secretAccessKey}`;
    const file = `${out.path}/day`;
    const sign = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", user];
    const { code, stderr } = await run(setup, curl, [
      ...["-sS", "--fail-with-body", ...sign, "-o", file],
      `${gateway.url}/flatfiles/${CSV}`,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      await Deno.readFile(file),
      await Deno.readFile(`${mirror.path}/${CSV}`),
    );
    const { stdout } = await run(setup, curl, [
      ...["-sS", ...sign],
      `${gateway.url}/flatfiles?list-type=2&max-keys=1&prefix=us_`,
    ]);
    assertStringIncludes(stdout, `<Key>${CSV}</Key>`);
  },
});

Deno.test("Flatbed syncs from a gateway into another mirror, and proves it whole", async () => {
  await using setup = await setUp();
  const { gateway, mirror, out } = setup;
  await using downloader = new AsyncS3Downloader(KEY, {
    endpointUrl: gateway.url,
  });
  await using copy = await Mirror.open(out.path, {
    downloader,
    now: () => NOW,
  });
  const { fetched, outcome } = await copy.sync(await copy.plan(DAYS));
  assertEquals([fetched, outcome], [4, "complete"]);
  const { problems } = await copy.verify({ mode: "remote" });
  assertEquals(problems, []);
  await using original = await Mirror.open(mirror.path, { readOnly: true });
  const versions = (mirror: Mirror) =>
    mirror.entries().map(({ key, etag, sha256, lastModified }) => [
      ...[key, etag, sha256, lastModified],
    ]);
  assertEquals(versions(copy), versions(original));
});

Deno.test("ten clients read a gateway at once", async () => {
  await using setup = await setUp();
  const { gateway, mirror } = setup;
  await Promise.all(Array.from({ length: 10 }, async () => {
    await using downloader = new AsyncS3Downloader(KEY, {
      endpointUrl: gateway.url,
      maxConcurrent: 4,
    });
    const keys = await downloader.listObjects("flatfiles", "us_stocks_sip/");
    assertEquals(keys.length, 4);
    for (const key of keys) {
      const bytes = await downloader.downloadOne("flatfiles", key, {
        decompress: false,
      });
      assertEquals(bytes, await Deno.readFile(`${mirror.path}/${key}`));
    }
  }));
});
