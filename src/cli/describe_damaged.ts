import { formatCount } from "./format.ts";
import { style } from "./terminal.ts";

/** The most files that a summary names. */
const MOST_NAMED = 5;

/** A file that is damaged at source. */
export interface DamagedFile {
  /** Its key or path, or its data type and date. */
  name: string;
  /** What is wrong with its gzip data, to complete the sentence "its gzip data …". */
  gzipFault: string;
}

/** Where the bytes of a damaged file are: in its place, beside it, or nowhere, since there is no content. */
const PLACES = {
  "kept": "it is kept, since these are the service's bytes",
  "beside": "these are the service's bytes",
  "no-content": "these are the service's bytes, so there is no content",
} as const;

/** A line about one file, and where its bytes are. */
export function damagedLine(
  { name, gzipFault }: DamagedFile,
  place: keyof typeof PLACES,
  keptAs?: string,
): string {
  return `${
    style("red", "damaged")
  }   ${name}: damaged at source: its gzip data ${gzipFault}; ${PLACES[place]}${
    keptAs === undefined ? "" : `; the older version is kept as ${keptAs}`
  }`;
}

/** A paragraph that names the files and says what to do. */
export function damagedSummary(
  files: readonly DamagedFile[],
  whereAll: string,
): string {
  const named = files.slice(0, MOST_NAMED)
    .map(({ name, gzipFault }) => `${name} (its gzip data ${gzipFault})`);
  const more = files.length > MOST_NAMED
    ? ` and ${files.length - MOST_NAMED} more; ${whereAll}`
    : "";
  return `${
    formatCount(files.length, "file")
  } damaged at source, fetched again once upstream replaces ${
    files.length === 1 ? "it" : "them"
  }: ${named.join(", ")}${more}`;
}
