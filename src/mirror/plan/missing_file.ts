import type { MirrorFile } from "../mirror_file.ts";

/** A day's file that is due, and not in a mirror. */
export type MissingFile = Pick<MirrorFile, "key" | "dataType" | "date">;
