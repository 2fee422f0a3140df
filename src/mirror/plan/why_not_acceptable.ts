import type { DataType } from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import { eachHolding } from "./holdings.ts";

/** Why the absence of a day's file cannot be accepted, since it is not missing, as the end of a sentence; `undefined` if it can. */
export async function whyNotAcceptable(
  context: MirrorContext,
  dataType: DataType,
  date: string,
): Promise<string | undefined> {
  const holdings = await Array.fromAsync(
    eachHolding(context, { dataType, from: date, to: date }),
  );
  const has = (...states: string[]) =>
    holdings.some(({ state }) => states.includes(state));
  if (has("whole", "damaged", "damaged-at-source")) return "its file is there";
  for (const encoding of ["stored", "decompressed"] as const) {
    const { path } = mirrorFile(dataType, date, encoding);
    if (await context.destination.stat(path) !== undefined) {
      return `a file is there, '${path}', that the mirror does not know`;
    }
  }
  // A file that is no longer listed cannot be fetched again: it is missing.
  if (holdings.some(({ entry }) => entry.withdrawnAt !== undefined)) {
    return undefined;
  }
  if (has("released")) {
    return "it was released, so it is not missing";
  }
  return has("lost")
    ? "its file was fetched, and is lost: 'flatbed sync' fetches it again"
    : undefined;
}
