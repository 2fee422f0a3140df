/**
 * What a user gets whose resolver takes the newest version of every npm package that our
 * ranges allow. It is the only test in which Deno asks npm's registry.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { startDemoServer } from "../../src/demo/mod.ts";
import { tryBinary } from "../../tools/release_trial.ts";
import { makeFolder } from "../support/folder.ts";
import { tryProgram } from "../support/program.ts";
import { Registry } from "./_registry.ts";
import { makeUser } from "./_user.ts";

const { name, version } = config;
const packages = config.scopes["./"];

/** The newest, whatever its age. */
const ANY_AGE = "--minimum-dependency-age=0";

/** Whether npm's registry answers. */
async function doesNpmAnswer(): Promise<boolean> {
  await using folder = await makeFolder();
  const { code } = await tryProgram(
    Deno.execPath(),
    ["cache", "--no-config", "--no-lock", "npm:tslib@^2.6.2"],
    { env: { DENO_DIR: folder.path }, seconds: 20 },
  ).catch(() => ({ code: 1 }));
  return code === 0;
}

/** The versions of a cached npm package: those that are there, and the newest of its range, `^major.minor.patch` or `major.minor`. */
async function versionsOf(
  npm: string,
  specifier: string,
): Promise<{ there: string[]; newest: string | undefined } | undefined> {
  const [, name = "", caret, least = ""] =
    /^npm:(.+)@(\^?)([\d.]+)$/.exec(specifier) ?? [];
  const [host] = await Array.fromAsync(Deno.readDir(npm), ({ name }) => name);
  const folder = `${npm}/${host}/${name}`;
  const text = await Deno.readTextFile(`${folder}/registry.json`)
    .catch(() => undefined);
  if (text === undefined) return undefined;
  const there = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  const [major, minor] = least.split(".");
  const fixed = caret === "^" ? `${major}\\.\\d+` : `${major}\\.${minor}`;
  const [newest] = Object.keys(JSON.parse(text).versions)
    .filter((version) => new RegExp(`^${fixed}\\.\\d+$`).test(version))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return { there, newest };
}

const isReachable = await doesNpmAnswer();

Deno.test({
  name:
    `the command line and the library work with the newest versions that the ranges allow${
      isReachable ? "" : ": skipped, npm's registry does not answer"
    }`,
  ignore: !isReachable,
  async fn() {
    await using registry = await Registry.start();
    await registry.publishFlatbed();
    await using folder = await makeFolder();
    const npmCache = `${folder.path}/npm`;
    await Deno.mkdir(npmCache);
    await using user = await makeUser({ url: registry.url, npmCache });

    await using server = startDemoServer();
    await Deno.writeTextFile(
      `${user.path}/script.ts`,
      `import { AsyncS3Downloader, S3Catalog } from "jsr:${name}@${version}";
await using downloader = new AsyncS3Downloader(
  ${JSON.stringify(server.credentials)},
  { endpointUrl: ${JSON.stringify(server.url)} },
);
const key: string = new S3Catalog().getStocksDailyKey("2024-01-02");
const bytes: Uint8Array = await downloader.downloadOne("flatfiles", key);
const objects = await downloader.listObjects("flatfiles", key);
console.log(bytes.length > 1000, objects.length);`,
    );
    assertEquals(
      await user.deno(["run", "--check", "-A", ANY_AGE, "script.ts"]),
      "true 1\n",
    );
    const cli = `jsr:${name}@${version}/cli`;
    await tryBinary([
      ...[Deno.execPath(), "run", "-A", "--no-prompt", ANY_AGE],
      ...["--no-config", "--no-lock", cli], // the checkout has both
    ], user.env);

    const isExact = (specifier: string) => /@\d+\.\d+\.\d+/.test(specifier);
    for (const specifier of Object.values(packages)) {
      if (isExact(specifier)) continue; // nothing newer is taken
      const versions = await versionsOf(npmCache, specifier);
      assertEquals(versions?.there, [versions?.newest], specifier);
    }
  },
});
