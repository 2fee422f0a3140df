import { type ByteRange, countBytes, missingRanges } from "../../base/mod.ts";
import type { ObjectInfo } from "../../download/mod.ts";
import { sameEtag } from "../../store/mod.ts";
import type { SourceObject } from "../destination/destination.ts";
import type { Pieces, PiecesState } from "../destination/pieces.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { PlanItem, PlannedPieces } from "../plan/plan.ts";
import { splitObject } from "./split_object.ts";

/** A file of which this shard has fetched its pieces. */
export interface FetchedPieces {
  /** The file and its object. */
  file: MirrorFile;
  item: PlanItem;
  source: SourceObject;
  /** The object's version, as the service had it. */
  version: ObjectInfo;
  /** The pieces, of all shards. */
  pieces: readonly ByteRange[];
  /** How many bytes were fetched now. */
  fetched: number;
  /** What was told of it last. */
  told?: string;
}

/** What is there of a file that is fetched in pieces. */
export interface PiecesFound extends PiecesState {
  /** How many of its bytes are stored. */
  bytes: number;
  /** How many of its pieces are stored. */
  piecesDone: number;
  /** Whether nothing is missing. */
  isWhole: boolean;
}

/**
 * Fetches this shard's pieces of a file.
 *
 * @throws {FlatbedError} If they cannot be fetched; what has come is kept.
 */
export async function fetchPieces(
  context: MirrorContext,
  file: MirrorFile,
  item: PlanItem & { pieces: PlannedPieces },
  { signal, onProgress }: {
    signal: AbortSignal;
    onProgress: (bytes: number, size: number) => void;
  },
): Promise<FetchedPieces> {
  const { catalog: { bucket }, shard = { index: 1, count: 1 } } = context;
  const { key, path } = file;
  const downloader = context.downloader("fetch files");
  const source = { downloader, bucket, key };
  // All shards must mean the same version, whenever each has listed it.
  const version = await downloader.getObjectInfo(bucket, key, { signal });
  const pieces = splitObject(key, version.size, item.pieces.split, shard.count);
  const own = pieces.filter((piece) => piece.shard === shard.index);
  const size = countBytes(own);
  const isNamed = () => isNamedMeanwhile(context, file, item, version);
  const fetched = own.length === 0 || await isNamed()
    ? 0
    : await piecesOf(context).put(source, path, version, own, {
      signal,
      isNamed,
      onProgress: (bytes) => onProgress(bytes, size),
    });
  return { file, item, source, version, pieces, fetched };
}

/** Looks what is there of a file by now. */
export async function lookForPieces(
  context: MirrorContext,
  { file, item, pieces, source, version }: FetchedPieces,
): Promise<PiecesFound> {
  const { size } = version;
  const found = await piecesOf(context).look(source, file.path, version);
  if (
    found.state === "none" &&
    await isNamedMeanwhile(context, file, item, version)
  ) {
    return {
      state: "named",
      stored: [{ start: 0, end: size }],
      bytes: size,
      piecesDone: pieces.length,
      isWhole: true,
    };
  }
  const bytes = countBytes(found.stored);
  const piecesDone =
    pieces.filter((piece) => missingRanges([piece], found.stored).length === 0)
      .length;
  return { ...found, bytes, piecesDone, isWhole: bytes === size };
}

/** The pieces of a mirror whose plan has some. */
export function piecesOf({ destination }: MirrorContext): Pieces {
  const { pieces } = destination;
  if (pieces !== undefined) return pieces;
  throw new TypeError(
    `Cannot fetch pieces to ${destination.location}: files are put together in a folder only`,
  );
}

/** Whether another shard has put a file in its place since the plan was made. */
async function isNamedMeanwhile(
  { destination, manifest }: MirrorContext,
  { key, path, encoding }: MirrorFile,
  { mayBeAdopted, reason }: PlanItem,
  { etag, size }: ObjectInfo,
): Promise<boolean> {
  // What was there then is not what is meant.
  if (mayBeAdopted || reason === "damaged") return false;
  const there = await destination.stat(path);
  if (there === undefined) return false;
  const entry = manifest.entry(key, encoding);
  // Its entry may not be to be seen yet.
  if (entry === undefined || !isAsFetched(there, entry)) return true;
  return entry.size === size && sameEtag(entry.etag, etag) && !entry.isDamaged;
}
