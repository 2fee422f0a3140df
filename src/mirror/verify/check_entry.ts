import { formatDifferentBytes, LocalFileError } from "../../base/mod.ts";
import type { CopyInfo } from "../destination/destination.ts";
import { isSameTime } from "../is_as_fetched.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { afterReading } from "./after_reading.ts";
import { describeDamage } from "./describe_damage.ts";
import { hasWrongIndex } from "./has_wrong_index.ts";
import { problemOf } from "./problem_of.ts";
import type { Verification } from "./verification.ts";
import type { VerifyProblem } from "./verify_report.ts";

/** The reason for a file that was released and is there again. */
const IS_BACK =
  "it was released, and a file is there again: 'flatbed verify --full' adopts it if it is what was fetched, 'flatbed release' removes it";

/** The reason for a file whose index is wrong. */
const HAS_WRONG_INDEX =
  "it is damaged, or not that of this version; the file is in order, and 'flatbed verify --full --repair' makes its index again";

/** Checks the file of an entry. Returns its problem, if there is one. */
export async function checkEntry(
  verification: Verification,
  entry: ManifestEntry,
  there: CopyInfo | undefined,
): Promise<VerifyProblem | undefined> {
  if (there === undefined) {
    // What is damaged at source has no decompressed content, so no file is expected.
    return entry.encoding === "decompressed" && entry.gzip === "damaged"
      ? problemOf(entry, "damaged-at-source", describeDamage(entry))
      : problemOf(entry, "lost", "it was fetched, and is not there");
  }
  if (entry.releasedAt !== undefined) {
    return verification.mode === "full" && there.bytes === entry.bytes
      ? await readEntry(verification, entry)
      : problemOf(entry, "untracked", IS_BACK);
  }
  if (there.bytes !== entry.bytes) {
    verification.recordFinding({ ...entry, isDamaged: true });
    const [now, then] = formatDifferentBytes(there.bytes, entry.bytes);
    return problemOf(
      entry,
      "damaged",
      `it has ${now}, and had ${then} when it was fetched`,
    );
  }
  if (verification.mode === "full") return await readEntry(verification, entry);
  if (entry.isDamaged) {
    return problemOf(entry, "damaged", "it was found damaged before");
  }
  if (entry.gzip === "damaged") {
    return problemOf(entry, "damaged-at-source", describeDamage(entry));
  }
  if (!isSameTime(there.mtime, entry.mtime)) {
    return problemOf(
      entry,
      "mtime-changed",
      "it was changed, or given another time as copies are, since it was fetched: 'flatbed verify --full' reads it, and remembers that it is whole",
    );
  }
}

async function readEntry(
  verification: Verification,
  entry: ManifestEntry,
): Promise<VerifyProblem | undefined> {
  const examined = await verification.examine(entry).catch((error) => {
    if (error instanceof LocalFileError) return error;
    throw error;
  });
  if (examined instanceof LocalFileError) {
    const { message } = examined;
    const [, reason = message] = /': (.*)$/.exec(message) ?? [];
    return problemOf(entry, "unreadable", reason);
  }
  verification.report.bytes += examined.bytes;
  if (examined.sha256 !== entry.sha256) {
    if (entry.releasedAt !== undefined) {
      return problemOf(entry, "untracked", IS_BACK);
    }
    verification.recordFinding({ ...entry, isDamaged: true });
    return problemOf(
      entry,
      "damaged",
      "its bytes are not those that were fetched",
    );
  }
  const found = afterReading(entry, examined);
  verification.recordFinding(found);
  if (found.gzip === "damaged") {
    return problemOf(
      entry,
      "damaged-at-source",
      describeDamage(found),
    );
  }
  if (await hasWrongIndex(verification.context, entry, examined.index)) {
    return problemOf(entry, "wrong-index", HAS_WRONG_INDEX);
  }
}
