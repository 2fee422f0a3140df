import { relativePathOf } from "../local_path.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { ProblemCode, VerifyProblem } from "./verify_report.ts";

/** How a message goes on behind the file's path. */
const SAYS: Readonly<Record<ProblemCode, string>> = {
  "lost": "is lost",
  "damaged": "is damaged",
  "damaged-at-source": "is damaged at its source",
  "unreadable": "cannot be read",
  "mtime-changed": "may have changed",
  "outdated": "is outdated",
  "withdrawn": "is not in the bucket any more",
  "untracked": "is not in the manifest",
};

/** A problem with a file. */
export function problemOf(
  { key, encoding, dataType, date }: Pick<
    ManifestEntry,
    "key" | "encoding" | "dataType" | "date"
  >,
  code: ProblemCode,
  reason: string,
): VerifyProblem {
  const path = relativePathOf(key, encoding);
  const message = `'${path}' ${SAYS[code]}: ${reason}`;
  return {
    code,
    path,
    reason,
    message,
    key,
    dataType,
    date,
    encoding,
    isRepaired: false,
  };
}
