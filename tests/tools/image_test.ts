/**
 * The Dockerfile, as far as it can be tried without Docker: what it copies is there and
 * comes through .dockerignore, and its command does all that it should with what the
 * image holds and the permissions that it has.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname } from "node:path";
import { startDemoServer } from "../../src/demo/mod.ts";
import { IMAGE_USER, SCRATCH } from "../../src/cli/cluster/image.ts";
import config from "../../deno.json" with { type: "json" };
import { PERMISSIONS } from "../../tools/compile.ts";
import { MODULES } from "../../tools/image.ts";
import { findTool } from "../cluster/_python.ts";
import {
  denoArguments,
  denoDir,
  environmentOf,
  LAUNCH,
  ownEnvironment,
  ROOT,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { outcomeOf, runProgram } from "../support/program.ts";

const text = (await Deno.readTextFile(new URL("Dockerfile", ROOT)))
  .replaceAll("\r\n", "\n");

/** The instructions of a name, each with what follows it. */
function instructions(name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name} ((?:.*\\\\\n)*.*)$`, "gm"))]
    .map(([, rest = ""]) => rest);
}

/** What is copied from the checkout, without the slash of folders. */
function sources(): string[] {
  return instructions("COPY").filter((rest) => !rest.startsWith("--from"))
    .flatMap((rest) => rest.split(" ").slice(0, -1))
    .map((path) => path.replace(/\/$/, ""));
}

/** The command that the image runs, from Deno on. */
function entrypoint(): string[] {
  const [line = "[]"] = instructions("ENTRYPOINT");
  const words: string[] = JSON.parse(line);
  // tini hands signals on, which a process 1 without it would ignore.
  assertEquals(words.slice(0, 3), ["/tini", "--", "/bin/deno"]);
  return words.slice(3);
}

async function copy(from: URL, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href}/${name}`), `${to}/${name}`);
  }
}

Deno.test("Dockerfile: what it copies is there, and .dockerignore lets nothing else in", async () => {
  const ignore = await Deno.readTextFile(new URL(".dockerignore", ROOT));
  const lines = ignore.split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(lines[0], "*");
  assertEquals(
    lines.slice(1).map((line) => line.replace(/^!|\/$/g, "")).toSorted(),
    sources().toSorted(),
  );
  for (const source of sources()) await Deno.stat(new URL(source, ROOT));
});

Deno.test("Dockerfile: the newest Deno that is known, nobody's root, and no more than the binaries may do", async () => {
  const versions = await Deno.readTextFile(new URL(".ci/deno-versions", ROOT));
  const newest = /^newest=(.+)$/m.exec(versions)?.[1];
  assertEquals(instructions("ARG"), [`DENO_VERSION=${newest}`]);
  for (const image of instructions("FROM")) {
    assertMatch(
      image,
      /^denoland\/deno:(distroless-)?\$\{DENO_VERSION\}( AS |$)/,
    );
  }
  assertEquals(instructions("USER"), [`${IMAGE_USER}:${IMAGE_USER}`]);
  assertEquals(instructions("VOLUME"), [JSON.stringify([SCRATCH])]);
  // DuckDB runs in a process of its own, which a binary cannot have.
  assertEquals(
    entrypoint().filter((word) => /^--(allow|no-prompt)/.test(word)).toSorted(),
    [...PERMISSIONS, "--allow-run=/bin/deno"].toSorted(),
  );
  for (const option of ["--cached-only", "--frozen"]) {
    assert(entrypoint().includes(option), option);
  }
});

Deno.test("tools/image.ts fetches each package of the command line, and what no import leads to", async () => {
  for (const name of Object.values(config.scopes["./"])) {
    assert(MODULES.includes(name), name);
  }
  const files = MODULES.filter((module) => !module.startsWith("npm:"));
  for (const file of files) await Deno.stat(new URL(file, ROOT));
  assertEquals(files.length, 2);
});

Deno.test({
  name:
    "Dockerfile: its command syncs and makes Parquet with what the image holds, from another folder",
  ignore: Deno.build.os === "windows",
  fn: tryCommand,
});

async function tryCommand(): Promise<void> {
  await using image = await makeFolder();
  await using scratch = await makeFolder();
  await using server = startDemoServer();
  for (const source of sources()) {
    if (source === "tools") continue; // the image has none
    await copy(new URL(source, ROOT), `${image.path}/app/${source}`);
  }
  // Where JSR does not answer, they are what the image's cache has of it.
  if (LAUNCH.standIns) {
    await copy(new URL("tools/std", ROOT), `${image.path}/app/tools/std`);
  }
  const [subcommand = "", ...words] = entrypoint();
  const local = denoArguments([subcommand], { folder: `${image.path}/app/` });
  // The lock of the checkout may lack JSR's packages, which that of the image has.
  const map = local.indexOf("--import-map");
  const args = [
    subcommand,
    ...map === -1 ? [] : local.slice(map, map + 2),
    ...words.filter((word) => word !== "--frozen" || local.includes(word))
      .map((word) =>
        word.replaceAll("/app/", `${image.path}/app/`)
          .replace("/bin/deno", Deno.execPath())
      ),
  ];
  const [environment = ""] = instructions("ENV").slice(-1);
  assertEquals(environment.match(/\/scratch/g)?.length, 3);
  const outcome = outcomeOf(
    await new Deno.Command(Deno.execPath(), {
      args: [
        ...args,
        ...["sync", "stocks_daily", "--from", "2024-01-02", "--to"],
        ...["2024-01-03", "--parquet", "--out", `${scratch.path}/mirror`],
      ],
      clearEnv: true,
      env: {
        ...ownEnvironment(),
        ...environmentOf(server),
        DENO_DIR: await denoDir(),
        HOME: scratch.path,
        XDG_CACHE_HOME: scratch.path,
        TMPDIR: scratch.path,
        NO_COLOR: "1",
      },
      cwd: scratch.path,
      stdin: "null",
    }).output(),
  );
  assertEquals(outcome.code, 0, outcome.stderr);
  assertMatch(outcome.stdout, /^Made 2 Parquet files /m);
}

const hadolint = await findTool("hadolint");

Deno.test({
  name: `Dockerfile: hadolint finds nothing${
    hadolint === undefined ? ": skipped, there is no hadolint" : ""
  }`,
  ignore: hadolint === undefined,
  async fn() {
    assert(hadolint !== undefined);
    await runProgram(hadolint, [new URL("Dockerfile", ROOT).pathname]);
  },
});
