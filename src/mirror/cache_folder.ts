import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { readVariable } from "../store/mod.ts";

/**
 * The folder of this machine for what may be forgotten of a mirror that is elsewhere: below
 * `XDG_CACHE_HOME`, or `~/.cache`; on Windows below `LOCALAPPDATA`. Two places never share
 * one. Nothing is made.
 *
 * @param location Where the mirror is, such as `s3://bucket/prefix`.
 * @param endpoint The address of the service; nothing where it is AWS.
 * @returns The folder; `undefined` where the environment names none, or may not be read.
 */
export function cacheFolder(
  location: string,
  endpoint = "",
): string | undefined {
  const root = cacheRoot();
  if (root === undefined) return undefined;
  const name = createHash("sha256").update(`${endpoint} ${location}`)
    .digest("hex").slice(0, 16);
  return join(root, "flatbed", name);
}

function cacheRoot(): string | undefined {
  const read = (variable: string) => {
    const path = readVariable(variable);
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  if (Deno.build.os === "windows") return read("LOCALAPPDATA");
  const home = read("HOME");
  return read("XDG_CACHE_HOME") ?? (home && join(home, ".cache"));
}
