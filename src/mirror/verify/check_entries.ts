import { forEach } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { CopyInfo } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { listFor } from "../plan/list_for.ts";
import type { Listing } from "../plan/listing.ts";
import { lookUpDays } from "../plan/look_up.ts";
import { afterListing } from "../plan/withdrawn.ts";
import { checkEntry } from "./check_entry.ts";
import {
  compareWithListing,
  isUnlisted,
  objectOf,
} from "./compare_with_listing.ts";
import { problemOf } from "./problem_of.ts";
import { monthsWith } from "./rebuild.ts";
import { isSameFetch } from "./record_findings.ts";
import type { Verification } from "./verification.ts";
import type { VerifyProblem } from "./verify_report.ts";

/** How many files are read at once: a disk is not made faster by more. */
const MAX_READS = 2;

const IS_GONE =
  "it was released, and the bucket does not list it any more: it cannot be fetched again";

/** Checks the files that the manifest knows, one data type in memory at a time. */
export async function checkEntries(verification: Verification): Promise<void> {
  const { manifest } = verification.context;
  const total = manifest.count(verification.dataTypes);
  for (const dataType of verification.dataTypes ?? manifest.dataTypes()) {
    await checkDataType(verification, dataType, total);
  }
}

async function checkDataType(
  verification: Verification,
  dataType: DataType,
  total: number,
): Promise<void> {
  const { context, mode, report } = verification;
  const { destination, isWriter, manifest, now } = context;
  const { signal, onEvent } = verification.options;
  const listing = mode === "remote"
    ? await listFor(
      context,
      "verify against the bucket",
      monthsWith(manifest.eachEntry({ dataType })),
      { signal },
    )
    : undefined;
  if (listing !== undefined) verification.noteListing(listing);
  /** The entries whose objects are no longer listed, or again. */
  const withdrawn: ManifestEntry[] = [];
  // In the order of the entries, although several are read at once.
  const found = new Map<number, VerifyProblem>();
  const copies = await lookUpDays(destination, { dataType, signal });
  const entries = numbered(manifest.eachEntry({ dataType }));
  await forEach(entries, MAX_READS, async ([at, entry]) => {
    if (listing !== undefined && !isUnlisted(entry, listing)) {
      const isListed = objectOf(entry, listing) !== undefined;
      const changed = afterListing(entry, isListed, now());
      if (changed !== undefined) {
        if (isWriter) withdrawn.push(changed);
        else verification.keepFinding(changed);
        // What is found next of the same entry begins with it.
        entry.withdrawnAt = changed.withdrawnAt;
      }
    }
    const there = await copies.stat(entry.path);
    if (entry.releasedAt !== undefined && there === undefined) {
      report.released++;
      if (entry.withdrawnAt !== undefined && listing !== undefined) {
        found.set(at, problemOf(entry, "withdrawn", IS_GONE));
      }
      return;
    }
    const problem = await problemWith(verification, entry, there, listing);
    if (problem !== undefined) found.set(at, problem);
    if (problem === undefined || problem.code === "withdrawn") {
      countProof(verification, entry);
    }
    report.checked++;
    onEvent?.({
      code: "checked",
      path: entry.path,
      done: report.checked + report.released,
      total,
    });
  }, signal);
  for (const [, problem] of [...found].toSorted(([a], [b]) => a - b)) {
    verification.addProblem(problem);
  }
  manifest.noteWithdrawn(withdrawn);
}

/** What is wrong with a file here, or as against the bucket. */
async function problemWith(
  verification: Verification,
  entry: ManifestEntry,
  there: CopyInfo | undefined,
  listing: Listing | undefined,
): Promise<VerifyProblem | undefined> {
  const problem = await checkCurrent(verification, entry, there);
  // Another version upstream is what can help.
  const mayHelp = problem === undefined || problem.code === "damaged-at-source";
  return (mayHelp && listing && compareWithListing(entry, listing)) || problem;
}

/** Checks an entry; a reader's may have been fetched again meanwhile. */
async function checkCurrent(
  verification: Verification,
  entry: ManifestEntry,
  there: CopyInfo | undefined,
): Promise<VerifyProblem | undefined> {
  const { destination, isWriter, manifest } = verification.context;
  const problem = await checkEntry(verification, entry, there);
  if (problem === undefined || isWriter) return problem;
  const current = manifest.entry(entry.key, entry.encoding);
  if (current === undefined) return undefined; // another one has just come
  return isSameFetch(current, entry) ? problem : await checkEntry(
    verification,
    current,
    await destination.stat(current.path),
  );
}

/** Counts a file without a problem if that proves little. */
function countProof(
  { mode, report }: Verification,
  { encoding, gzip, proof }: ManifestEntry,
): void {
  if (encoding === "stored" && mode === "full") return; // read just now
  if (encoding === "stored" && gzip === "unchecked") report.notLookedInto++;
  if (proof === "size") report.unproven++;
}

/** Items with their numbers. */
function* numbered<T>(items: Iterable<T>): Generator<[number, T]> {
  let at = 0;
  for (const item of items) yield [at++, item];
}
