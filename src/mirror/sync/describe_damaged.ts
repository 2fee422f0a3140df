import type { DamagedFile } from "./sync_report.ts";

/** Where the bytes of a damaged file are: in its place, beside it, or nowhere, since there is no content. */
const PLACES: Readonly<Record<DamagedPlace, string>> = {
  "kept": "it is kept, since these are the service's bytes",
  "beside": "these are the service's bytes",
  "no-content": "these are the service's bytes, so there is no content",
};

/**
 * Where the bytes of a file are that is damaged at source: in its place, beside it, or
 * nowhere, since there is no content.
 */
export type DamagedPlace = "kept" | "beside" | "no-content";

/**
 * What is said of one file that is damaged at source, in the words of the command line.
 *
 * @param file The file, and what is wrong with it.
 * @param place Where its bytes are.
 * @param keptAs Where the older version is, if it was kept.
 * @returns The rest of a line that begins with `damaged`.
 */
export function describeDamaged(
  { name, gzipFault }: DamagedFile,
  place: DamagedPlace,
  keptAs?: string,
): string {
  return `${name}: damaged at source: its gzip data ${gzipFault}; ${
    PLACES[place]
  }${keptAs === undefined ? "" : `; the older version is kept as ${keptAs}`}`;
}
