import {
  AccessDeniedError,
  asError,
  endsRun,
  forEach,
  IntegrityError,
  LocalFileError,
} from "../../base/mod.ts";
import { NotIndexable } from "../../rows/mod.ts";
import { indexCopy } from "../index/index_copy.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { versionDifference } from "../plan/version_difference.ts";
import { fetchFile } from "../sync/fetch_file.ts";
import { afterReading } from "./after_reading.ts";
import {
  describeDamage,
  describeRefetched,
  repairError,
} from "./describe_damage.ts";
import { problemOf } from "./problem_of.ts";
import type { Verification } from "./verification.ts";
import type { ProblemCode, VerifyProblem } from "./verify_report.ts";

/** How many files are fetched again at once. */
const MAX_REPAIRS = 8;

/** What a repair is tried of. */
const REPAIRABLE: readonly ProblemCode[] = [
  "lost",
  "damaged",
  "damaged-at-source",
  "unreadable",
  "mtime-changed",
  "outdated",
  "wrong-index",
];

/** Fetches again what is wrong, and checks it. */
export async function repair(verification: Verification): Promise<void> {
  const { report } = verification;
  const { onEvent, signal } = verification.options;
  const broken = report.problems.filter(({ code }) =>
    REPAIRABLE.includes(code)
  );
  await forEach(broken, MAX_REPAIRS, async (problem) => {
    try {
      const bytes = await repairFile(verification, problem);
      problem.isRepaired = true;
      report.repaired++;
      onEvent?.({ code: "repaired", path: problem.path, bytes });
    } catch (reason) {
      signal?.throwIfAborted();
      if (endsRun(reason)) throw reason;
      const error = await explain(verification, problem, reason);
      problem.error = error;
      onEvent?.({ code: "not-repaired", path: problem.path, error });
    }
  }, signal);
}

/** Brings a file in order, and returns how many bytes were fetched for it. */
async function repairFile(
  verification: Verification,
  problem: VerifyProblem,
): Promise<number> {
  const { context, options } = verification;
  const { key, encoding } = problem;
  const { manifest } = context;
  const entry = manifest.entry(key, encoding);
  if (entry === undefined) {
    throw new LocalFileError(
      `Cannot repair '${problem.path}': the manifest does not know it any more`,
    );
  }
  if (problem.code === "wrong-index") {
    await makeIndexAgain(verification, entry);
    return 0;
  }
  if (
    problem.code === "mtime-changed" && await isAsFetched(verification, entry)
  ) {
    return 0;
  }
  const known = manifest.entry(key, encoding) ?? entry;
  const isThere = ["damaged-at-source", "mtime-changed"].includes(
    problem.code,
  );
  // Asking is enough where an MD5 tells; else the bytes may have been damaged on their way.
  if (known.gzip === "damaged" && isThere && known.proof === "md5") {
    await assertReplaced(verification, known);
  }
  const { entry: fetched, resumedFrom, keptAs } = await fetchFile(
    context,
    entry,
    { signal: options.signal },
  );
  const checked = await lookInto(verification, fetched);
  if (checked.gzip === "damaged") {
    // What was wrong before is not what is wrong now.
    Object.assign(
      problem,
      problemOf(checked, "damaged-at-source", describeDamage(checked)),
    );
    throw repairError(checked, describeRefetched(entry, checked), keptAs);
  }
  return fetched.size - resumedFrom;
}

/** Makes the index of a file again, or removes it where the file cannot have one. */
async function makeIndexAgain(
  { context, options }: Verification,
  entry: ManifestEntry,
): Promise<void> {
  const { destination, indexes } = context;
  try {
    await indexes.write(await indexCopy(destination, entry, options.signal));
  } catch (error) {
    if (!(error instanceof NotIndexable)) throw error;
    await indexes.remove(entry.key);
  }
}

/** Whether a file whose modification time has changed is what was fetched, and whole; that is noted. */
async function isAsFetched(
  verification: Verification,
  entry: ManifestEntry,
): Promise<boolean> {
  const examined = await verification.examine(entry);
  if (examined.sha256 !== entry.sha256) return false;
  const found = afterReading(entry, examined);
  verification.recordFinding(found);
  return found.gzip !== "damaged";
}

/** Reads a file that has come without being inflated: what is called repaired was checked. */
async function lookInto(
  verification: Verification,
  fetched: ManifestEntry,
): Promise<ManifestEntry> {
  if (fetched.gzip !== "unchecked" || fetched.encoding !== "stored") {
    return fetched;
  }
  const examined = await verification.examine(fetched);
  const found = examined.sha256 === fetched.sha256
    ? afterReading(fetched, examined)
    : { ...fetched, isDamaged: true };
  verification.recordFinding(found);
  if (found.isDamaged) {
    throw new IntegrityError(
      `Cannot repair '${fetched.path}': it was fetched, and reading it gives other bytes: is the disk in order?`,
      { key: fetched.key },
    );
  }
  return found;
}

/**
 * Asks whether another version of an object is upstream.
 *
 * @throws {IntegrityError} If it is the same one.
 */
async function assertReplaced(
  { context, options }: Verification,
  entry: ManifestEntry,
): Promise<void> {
  const { catalog } = context;
  const object = await context.downloader("repair files")
    .getObjectInfo(catalog.bucket, entry.key, {
      signal: options.signal,
    });
  if (versionDifference(entry, object) === undefined) {
    throw repairError(entry, "upstream has the same bytes");
  }
}

/** Why a file could not be repaired, and that what is there stays. */
async function explain(
  { context }: Verification,
  { path, key }: VerifyProblem,
  reason: unknown,
): Promise<Error> {
  const error = asError(reason);
  if (!(error instanceof AccessDeniedError)) return error;
  const there = await context.destination.stat(path);
  if (there === undefined) return error;
  return new AccessDeniedError(
    `${error.message}; the file that is there is kept, since perhaps no other can be fetched any more`,
    {
      key,
      cause: error,
      status: error.status,
      serviceCode: error.serviceCode,
    },
  );
}
