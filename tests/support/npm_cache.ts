import { denoDir, ROOT } from "./deno_command.ts";

/** An npm package and its version, as the lock has it. */
interface LockedPackage {
  name: string;
  version: string;
}

/** What Deno keeps of a package's versions in its cache. */
interface Packument {
  "dist-tags": Record<string, string>;
  versions: Record<string, Record<string, unknown>>;
  time?: Record<string, string>;
}

/** The npm packages of `deno.lock`. */
export async function lockedPackages(): Promise<LockedPackage[]> {
  const text = await Deno.readTextFile(new URL("deno.lock", ROOT));
  return Object.keys(JSON.parse(text).npm).map((key) => {
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    return { name, version };
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
    for (const { name, version } of await lockedPackages()) {
      const from = `${cache}/${host}/${name}`;
      const to = `${folder}/npm/${host}/${name}`;
      await Deno.mkdir(to, { recursive: true });
      await linkFolder(`${from}/${version}`, `${to}/${version}`);
      const known: Packument = JSON.parse(
        await Deno.readTextFile(`${from}/registry.json`),
      );
      const file = `${to}/registry.json`;
      const versions: Packument["versions"] = await Deno.readTextFile(file)
        .then((text) => JSON.parse(text).versions, () => ({}));
      const own = known.versions[version] ?? {};
      versions[version] = own;
      let latest = version;
      if (isAhead) {
        latest = version.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
        versions[latest] = { ...own, version: latest };
      }
      await Deno.writeTextFile(
        file,
        JSON.stringify({
          ...known,
          "dist-tags": { latest },
          versions,
          time: {},
        }),
      );
    }
  }
}

/** Gives the files of a folder a second name in another one; Deno follows no links in its cache. */
async function linkFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) await linkFolder(source, target);
    // Between two disks there are only copies.
    else {await Deno.link(source, target).catch(() =>
        Deno.copyFile(source, target)
      );}
  }
}
