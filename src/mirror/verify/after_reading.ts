import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { Examination } from "./examine_file.ts";

/** What is known of a file whose bytes are those that were fetched, once it was read. */
export function afterReading(
  entry: ManifestEntry,
  { mtime, gzipFault }: Examination,
): ManifestEntry {
  const found = {
    ...entry,
    mtime,
    isDamaged: false,
    releasedAt: undefined,
  };
  if (entry.encoding !== "stored") return found;
  if (gzipFault !== undefined) return { ...found, gzip: "damaged", gzipFault };
  return {
    ...found,
    gzip: "whole",
    gzipFault: undefined,
    proof: entry.proof === "size" ? "gzip" : entry.proof,
  };
}
