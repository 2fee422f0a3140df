import { basename, dirname, resolve } from "node:path";
import { isNotCapable } from "../base/mod.ts";
import { unlessAbsent } from "./absent.ts";

/** The most symbolic links to follow, as in Linux. */
const MAX_LINKS = 40;
/** Paths that name a process's open files, which must not be replaced. */
const OPEN_FILES = /^\/(proc|dev\/fd)\//;

/** What a path leads to. */
export interface PathTarget {
  /** The path with its last segment's links resolved. */
  path: string;
  /** `other` is a device, a pipe, a socket, or an open file of a process. */
  kind: "absent" | "file" | "folder" | "other";
}

/**
 * Follows a path's links to see what is there. Synchronous: a promise that rejects
 * costs five times as much, and usually nothing is there.
 *
 * @throws {Deno.errors.FilesystemLoop} If there are too many links.
 */
export function inspectPath(path: string): PathTarget {
  let target = path;
  let file = unlessAbsent(() => Deno.lstatSync(target));
  try {
    for (let links = 0; file?.isSymlink; links++) {
      if (links === MAX_LINKS) {
        throw new Deno.errors.FilesystemLoop("too many links");
      }
      const folder = Deno.realPathSync(dirname(target));
      target = resolve(folder, basename(target));
      if (OPEN_FILES.test(target)) return { path: target, kind: "other" };
      target = resolve(folder, Deno.readLinkSync(target));
      file = unlessAbsent(() => Deno.lstatSync(target));
    }
  } catch (error) {
    // A link may lead out of what this program may read.
    if (!isNotCapable(error)) throw error;
    file = unlessAbsent(() => Deno.statSync(path));
  }
  const kind = file === undefined
    ? "absent"
    : file.isFile
    ? "file"
    : file.isDirectory
    ? "folder"
    : "other";
  return { path: target, kind };
}
