import { asError } from "../../base/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { checkEntries } from "./check_entries.ts";
import { checkFolder } from "./check_folder.ts";
import { checkParquet } from "./check_parquet.ts";
import { recordFindings } from "./record_findings.ts";
import { rebuild } from "./rebuild.ts";
import { repair } from "./repair.ts";
import { Verification } from "./verification.ts";
import type { VerifyOptions, VerifyReport } from "./verify_report.ts";

/** Verifies a mirror; the options are checked already. */
export async function runVerify(
  context: MirrorContext,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const started = context.now().getTime();
  const verification = new Verification(context, options);
  const { report, dataTypes } = verification;
  const rebuilt = options.rebuild
    ? await rebuild(context, dataTypes, options)
    : undefined;
  report.bytes = rebuilt?.bytes ?? 0;
  report.adopted = rebuilt?.adopted ?? 0;
  if (rebuilt !== undefined) verification.noteListing(rebuilt.listing);
  try {
    await checkEntries(verification);
  } finally {
    // What was read before an interruption need not be read again either.
    await noteFindings(verification);
  }
  await checkFolder(verification, rebuilt?.unlisted);
  await checkParquet(verification);
  if (options.repair) await repair(verification);
  report.isSound = report.problems.every(({ code, isRepaired }) =>
    isRepaired || code === "withdrawn"
  );
  report.isWhole = report.isSound && report.notLookedInto === 0 &&
    report.unproven === 0;
  report.elapsed = context.now().getTime() - started;
  return report;
}

async function noteFindings(
  { context, findings, report }: Verification,
): Promise<void> {
  if (findings.length === 0) return;
  try {
    await recordFindings(context, findings);
  } catch (error) {
    // What was found is worth more than that it is remembered.
    report.notRemembered = asError(error);
  }
}
