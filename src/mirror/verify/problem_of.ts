import type { MirrorFile } from "../mirror_file.ts";
import type { ProblemCode, VerifyProblem } from "./verify_report.ts";

/** What a message says after the file's path. */
const SAYS: Readonly<Record<ProblemCode, string>> = {
  "lost": "is lost",
  "damaged": "is damaged",
  "damaged-at-source": "is damaged at its source",
  "unreadable": "cannot be read",
  "mtime-changed": "may have changed",
  "outdated": "is outdated",
  "withdrawn": "is not in the bucket any more",
  "wrong-index": "has a wrong index",
  "wrong-parquet": "is no right Parquet file",
  "untracked": "is not in the manifest",
};

/** A problem with a file. */
export function problemOf(
  { key, path, dataType, date, encoding }: MirrorFile,
  code: ProblemCode,
  reason: string,
): VerifyProblem {
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
