import type { DataType } from "../../catalog/mod.ts";
import type { CopyInfo, CopyLookup } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { lookUpDays } from "./look_up.ts";

/** An entry of the manifest, and the state of its file. */
export interface Holding {
  readonly entry: ManifestEntry;
  /**
   * `whole` if the file is there with the recorded size, and was not found damaged;
   * `released` if it is not there on purpose. A file that is damaged at source is as it was
   * fetched; in a mirror that decompresses there is no file.
   */
  readonly state:
    | "whole"
    | "lost"
    | "damaged"
    | "released"
    | "damaged-at-source";
  /** The file that is there. */
  readonly there: CopyInfo | undefined;
}

/** Selects holdings. */
export interface HoldingFilter {
  dataType: DataType;
  /** The first date. */
  from?: string | undefined;
  /** The last date. */
  to?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The holdings of a data type in the order of dates; looks up each file.
 *
 * @param copies What looks them up, where the caller has prepared that.
 */
export async function* eachHolding(
  { destination, manifest }: Pick<MirrorContext, "destination" | "manifest">,
  { signal, ...filter }: HoldingFilter,
  copies?: CopyLookup,
): AsyncGenerator<Holding> {
  for (const entry of manifest.eachEntry(filter)) {
    signal?.throwIfAborted();
    copies ??= await lookUpDays(destination, { ...filter, signal });
    yield await holdingOf(copies, entry);
  }
}

/** Looks up the file of an entry. */
export async function holdingOf(
  copies: CopyLookup,
  entry: ManifestEntry,
): Promise<Holding> {
  const there = await copies.stat(entry.path);
  return { entry, state: stateOf(entry, there), there };
}

/** The same by date, in each encoding. */
export async function holdingsOf(
  context: MirrorContext,
  filter: HoldingFilter,
  copies?: CopyLookup,
): Promise<Map<string, Holding[]>> {
  const holdings = new Map<string, Holding[]>();
  for await (const holding of eachHolding(context, filter, copies)) {
    const { date } = holding.entry;
    const others = holdings.get(date);
    if (others === undefined) holdings.set(date, [holding]);
    else others.push(holding);
  }
  return holdings;
}

function stateOf(
  { bytes, encoding, gzip, isDamaged, releasedAt }: ManifestEntry,
  there: CopyInfo | undefined,
): Holding["state"] {
  const isAtSource = gzip === "damaged";
  if (isAtSource && encoding === "decompressed") {
    return releasedAt === undefined ? "damaged-at-source" : "released";
  }
  const isRight = there?.bytes === bytes && !isDamaged;
  if (isRight) return isAtSource ? "damaged-at-source" : "whole";
  if (releasedAt !== undefined) return "released";
  return there === undefined ? "lost" : "damaged";
}
