/**
 * What somebody fetches who runs the demo of a fresh checkout, with nothing cached.
 *
 * @module
 */
import {
  assertEquals,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { denoDir, environmentOf, ROOT } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { lockedPackages } from "../support/npm_cache.ts";
import { runProgram, tryProgram } from "../support/program.ts";

/** The packages that a demo needs. Think twice before another one is added. */
const NEEDED = [
  "ansi-escapes",
  "ansi-regex",
  "ansi-styles",
  "cli-cursor",
  "commander",
  "environment",
  "get-east-asian-width",
  "is-fullwidth-code-point",
  "log-update",
  "mimic-function",
  "onetime",
  "restore-cursor",
  "signal-exit",
  "slice-ansi",
  "string-width",
  "strip-ansi",
  "wrap-ansi",
];

/** All of them together, as they are sent, in bytes. */
const AT_MOST = 300_000;

/** A package as a registry sends it. */
interface Tarball {
  bytes: Uint8Array<ArrayBuffer>;
  /** As a lock has it. */
  integrity: string;
  /** What the registry knows of it. */
  about: { version: string; [field: string]: unknown };
}

/** Packs what Deno has in its cache. */
async function pack(name: string, version: string): Promise<Tarball> {
  const npm = `${await denoDir()}/npm`;
  const [host] = await Array.fromAsync(Deno.readDir(npm), ({ name }) => name);
  await using folder = await makeFolder();
  const file = `${folder.path}/package.tgz`;
  const from = `${npm}/${host}/${name}`;
  await runProgram("tar", ["-czf", file, "-C", from, version]);
  const bytes = await Deno.readFile(file);
  const digest = await crypto.subtle.digest("SHA-512", bytes);
  const about = await Deno.readTextFile(`${from}/${version}/package.json`);
  return {
    bytes,
    integrity: `sha512-${new Uint8Array(digest).toBase64()}`,
    about: JSON.parse(about),
  };
}

/** A registry of npm that has some packages, and remembers what it was asked for. */
class NpmRegistry implements AsyncDisposable {
  readonly sent: { name: string; size: number }[] = [];
  readonly refused: string[] = [];
  readonly #tarballs: Map<string, Tarball>;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => this.#answer(request),
  );

  constructor(tarballs: Map<string, Tarball>) {
    this.#tarballs = tarballs;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  #answer({ url }: Request): Response {
    const path = decodeURIComponent(new URL(url).pathname).slice(1);
    const [name = "", file] = path.split("/-/");
    const tarball = this.#tarballs.get(name);
    if (tarball === undefined) {
      this.refused.push(name);
      return new Response(null, { status: 404 });
    }
    const { bytes, integrity, about } = tarball;
    if (file !== undefined) {
      this.sent.push({ name, size: bytes.length });
      return new Response(bytes);
    }
    const dist = { integrity, tarball: `${this.url}${name}/-/it.tgz` };
    return Response.json({
      name,
      "dist-tags": { latest: about.version },
      versions: { [about.version]: { ...about, dist } },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Copies what a checkout needs to run, with a lock that names the tarballs given. */
async function copyCheckout(
  folder: string,
  tarballs: Map<string, Tarball>,
): Promise<void> {
  await Deno.mkdir(folder);
  const names = [
    ...[
      "deno.json",
      "cli.ts",
      "mod.ts",
      "catalog.ts",
      "download.ts",
      "gzip.ts",
      "mirror.ts",
      "rows.ts",
    ],
    ...["src", "tools"],
  ];
  await runProgram("cp", ["-R", ...names, folder], { cwd: ROOT });
  const lock = JSON.parse(
    await Deno.readTextFile(new URL("deno.lock", ROOT)),
  );
  for (const [name, { about, integrity }] of tarballs) {
    lock.npm[`${name}@${about.version}`].integrity = integrity;
  }
  await Deno.writeTextFile(`${folder}/deno.lock`, JSON.stringify(lock));
}

Deno.test({
  name:
    "the first demo of a checkout fetches the packages that it needs, and the AWS SDK and DuckDB wait until they are used",
  ignore: Deno.build.os === "windows", // cp and tar
  async fn() {
    const tarballs = new Map<string, Tarball>();
    for (const { name, version } of await lockedPackages()) {
      if (NEEDED.includes(name)) tarballs.set(name, await pack(name, version));
    }
    await using folder = await makeFolder();
    const checkout = `${folder.path}/checkout`;
    await copyCheckout(checkout, tarballs);
    await using npm = new NpmRegistry(tarballs);
    await using server = startDemoServer();
    const task = (...args: string[]) =>
      tryProgram(Deno.execPath(), ["task", "--quiet", ...args], {
        cwd: checkout,
        env: {
          ...environmentOf(server),
          HOME: folder.path,
          DENO_DIR: `${folder.path}/cache`,
          NPM_CONFIG_REGISTRY: npm.url,
          npm_config_registry: npm.url,
          JSR_URL: "http://127.0.0.1:9/", // the port of those who discard
        },
      });

    const { code, stdout, stderr } = await task(
      "demo",
      "--out",
      `${folder.path}/demo`,
    );
    assertEquals([code, npm.refused], [0, []], stderr);
    assertStringIncludes(stdout, "42 files fetched");
    assertEquals(npm.sent.map(({ name }) => name).toSorted(), NEEDED);
    assertLessOrEqual(
      npm.sent.reduce((sum, { size }) => sum + size, 0),
      AT_MOST,
    );

    const aws = await task("flatbed", "ls", "--credentials", "aws");
    assertEquals(aws.code, 1);
    assertMatch(
      aws.stderr,
      /Cannot load npm:@aws-sdk\/client-s3@\S+: .+deno cache/,
    );
    assertStringIncludes(npm.refused.join(), "@aws-sdk/client-s3");

    // Neither does an import fetch DuckDB, nor what needs none of it.
    const isAsked = () => npm.refused.join().includes("@duckdb");
    const mirror = ["--out", `${folder.path}/mirror`];
    const imported = await task("deno", "run", "-A", `${checkout}/mod.ts`);
    assertEquals([imported.code, isAsked()], [0, false], imported.stderr);
    const sync = await task(
      ...["flatbed", "sync", "stocks_daily", ...mirror],
      ...["--from", "2024-01-02", "--to", "2024-01-02"],
    );
    assertEquals([sync.code, isAsked()], [0, false], sync.stderr);
    const parquet = await task("flatbed", "parquet", ...mirror);
    assertEquals([parquet.code, isAsked()], [1, true]);
    assertMatch(
      parquet.stderr,
      /^Downloading DuckDB from npm's registry, about [\d.]+ MB: once, into Deno's cache\nflatbed: Cannot load DuckDB for \S+: .*DENO_DIR/m,
    );
  },
});
