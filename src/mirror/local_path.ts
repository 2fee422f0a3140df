import { PART_ENDINGS } from "../files/mod.ts";
import {
  type FileEncoding,
  type MirrorFile,
  mirrorFileAt,
} from "./mirror_file.ts";

export { STATE_FOLDER } from "./state_folder.ts";
export { mirrorFileAt as fileAt } from "./mirror_file.ts";
const ENDINGS = Object.values(PART_ENDINGS);

/** Where an object's file lies, from the mirror's folder on. */
export function relativePathOf(key: string, encoding: FileEncoding): string {
  return encoding === "stored" ? key : key.replace(/\.gz$/, "");
}

export type NamedFile = MirrorFile;

/** The flat file whose part file lies at a path inside a mirror, or `undefined`. */
export function partFileAt(path: string): NamedFile | undefined {
  const ending = ENDINGS.find((ending) => path.endsWith(ending));
  return ending === undefined
    ? undefined
    : mirrorFileAt(path.slice(0, -ending.length));
}

/** The paths of the files in which a download to a path is collected. */
export function partPathsOf(path: string): string[] {
  return ENDINGS.map((ending) => path + ending);
}
