import { dirname, isAbsolute, relative, sep } from "node:path";
import { ignoreAbsent, unlessAbsent } from "../../files/mod.ts";
import { isAsFetched } from "../../mirror/mod.ts";
import type { ServedFile } from "./served_file.ts";

/** For so long after a file was put in its place, its entry may not be written yet, in milliseconds. */
const ARRIVAL_MS = 60_000;
/** For so long a folder is taken to be where it was found, in milliseconds. */
const FOLDER_MS = 1000;

/** A file that is there, as the mirror has noted it. */
export interface FoundCopy {
  /** The path, without links. */
  readonly path: string;
  /** The state that it was found in. */
  readonly info: Deno.FileInfo;
}

/**
 * What is in the place of a file: the `whole` file, nothing (`absent`), another file that
 * is just `arriving`, one that somebody has `changed`, or what leads `outside` of the mirror.
 */
export type CopyState = "whole" | "absent" | "arriving" | "changed" | "outside";

/** The files of a mirror's folder, which must be as the mirror has noted them. */
export class Copies {
  readonly #root: string;
  #folder = { path: "", isInside: false, until: 0 };

  /**
   * Reads nothing yet.
   *
   * @param root The mirror's folder, without links.
   */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Looks for a file.
   *
   * @returns The file, if it is a regular one in the mirror with the size and time that were
   * noted; or else what is in its place.
   * @throws {Error} The system's error, if that cannot be found out.
   */
  async find(
    file: ServedFile,
  ): Promise<FoundCopy | Exclude<CopyState, "whole">> {
    const path = await Deno.realPath(`${this.#root}/${file.key}`)
      .catch(ignoreAbsent);
    if (path === undefined) return "absent";
    if (!this.#isInside(path)) return "outside";
    const info = await Deno.stat(path).catch(ignoreAbsent);
    const state = stateOf(info, file);
    return info !== undefined && state === "whole"
      ? { path, info }
      : state as Exclude<CopyState, "whole">;
  }

  /**
   * The same at once, for many: what cannot be found out counts as whole, so that a request
   * for it tells the error.
   */
  state(file: ServedFile): CopyState {
    try {
      const path = `${this.#root}/${file.key}`;
      const info = unlessAbsent(() => Deno.lstatSync(path));
      if (info === undefined) return "absent";
      const isInside = info.isSymlink
        ? this.#isInside(Deno.realPathSync(path))
        : this.#isFolderInside(dirname(path));
      if (!isInside) return "outside";
      return stateOf(info.isSymlink ? Deno.statSync(path) : info, file);
    } catch (error) {
      return error instanceof Deno.errors.NotFound ? "absent" : "whole";
    }
  }

  /** Keys come in their order, so that the last folder is mostly the next one, too. */
  #isFolderInside(path: string): boolean {
    const now = performance.now();
    if (this.#folder.path !== path || now > this.#folder.until) {
      const isInside = this.#isInside(Deno.realPathSync(path));
      this.#folder = { path, isInside, until: now + FOLDER_MS };
    }
    return this.#folder.isInside;
  }

  /** Whether a path is in the mirror, and not in what it keeps for itself. */
  #isInside(path: string): boolean {
    const below = relative(this.#root, path);
    return !isAbsolute(below) && below !== "" &&
      ![".flatbed", ".."].includes(below.split(sep, 1)[0] ?? "");
  }
}

/** What a file is that was found in the place of another. */
export function stateOf(
  info: Deno.FileInfo | undefined,
  file: ServedFile,
): Exclude<CopyState, "outside"> {
  if (info === undefined || !info.isFile) return "absent";
  const mtime = info.mtime ?? new Date(0);
  if (isAsFetched({ bytes: info.size, mtime }, file)) return "whole";
  // Renaming a file changes its ctime alone.
  const since = Math.max(mtime.getTime(), info.ctime?.getTime() ?? 0);
  return Date.now() - since < ARRIVAL_MS ? "arriving" : "changed";
}
