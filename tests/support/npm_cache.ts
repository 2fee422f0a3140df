import { arch, platform } from "node:process";
import { denoDir, ROOT } from "./deno_command.ts";

/** An npm package and its version, as the lock has it. */
interface LockedPackage {
  name: string;
  version: string;
  integrity: string;
  /** Whether it is for this kind of machine. */
  isForHere: boolean;
}

/** The npm packages of `deno.lock`. */
export async function lockedPackages(): Promise<LockedPackage[]> {
  const { npm } = await readJson(new URL("deno.lock", ROOT));
  return Object.entries<
    { integrity: string; os?: string[]; cpu?: string[] }
  >(npm).map(([key, { integrity, os, cpu }]) => {
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    const isForHere = os?.includes(platform) !== false &&
      cpu?.includes(arch) !== false;
    return { name, version, integrity, isForHere };
  });
}

/**
 * Makes the folder `npm` of a cache of Deno with the packages of `deno.lock`, for a
 * registry that has these versions and no others: who resolves packages anew comes to
 * them, without the network.
 *
 * With `isAhead`, the registry has one more version of each: the lock is behind, and who
 * resolves anew does not find the newer one in the cache.
 */
export async function makeNpmCache(
  folder: string,
  { isAhead = false } = {},
): Promise<void> {
  const cache = `${await denoDir()}/npm`;
  for await (const { name: host, isDirectory } of Deno.readDir(cache)) {
    if (!isDirectory) continue;
    const packages = Map.groupBy(await lockedPackages(), ({ name }) => name);
    const marks = await readMarks(`${cache}/${host}`, [...packages.keys()]);
    for (const [name, locked] of packages) {
      const from = `${cache}/${host}/${name}`;
      const to = `${folder}/npm/${host}/${name}`;
      const versions: Record<string, unknown> = {};
      let latest = "";
      for (const { version, integrity, isForHere } of locked) {
        if (!isForHere) continue;
        await linkFolder(`${from}/${version}`, `${to}/${version}`);
        const own = await readJson(`${to}/${version}/package.json`);
        // Deno asks for it where the package is not there.
        own.dist = { tarball: "http://127.0.0.1/none.tgz", integrity };
        versions[version] = own;
        latest = version;
        if (!isAhead) continue;
        latest = version.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
        versions[latest] = { ...own, version: latest };
      }
      if (latest === "") continue;
      const packument = { ...marks, name, "dist-tags": { latest }, versions };
      await Deno.writeTextFile(
        `${to}/registry.json`,
        JSON.stringify(packument),
      );
    }
  }
}

/**
 * What Deno notes beside a registry's answer, without which it asks again; it has one of a
 * package that is imported by name.
 */
async function readMarks(
  folder: string,
  names: readonly string[],
): Promise<Record<string, unknown>> {
  for (const name of names) {
    const answer = await readJson(`${folder}/${name}/registry.json`)
      .catch(() => undefined);
    if (answer === undefined) continue;
    const marks = Object.entries(answer)
      .filter(([field]) => field.startsWith("_deno"));
    return { ...Object.fromEntries(marks), time: {} };
  }
  return {};
}

// deno-lint-ignore no-explicit-any -- whatever the file holds
async function readJson(path: string | URL): Promise<any> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** Gives the files of a folder a second name in another one; Deno follows no links in its cache. */
async function linkFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) {
      await linkFolder(source, target);
    } else {
      // Between two disks there are only copies.
      await Deno.link(source, target)
        .catch(() => Deno.copyFile(source, target));
    }
  }
}
