import {
  type ByteRange,
  forEach,
  linkSignals,
  ObjectChangedError,
  passOn,
  TransferError,
} from "../base/mod.ts";
import { SHARED_ALIGNMENT } from "../files/mod.ts";
import { type ObjectInfo, sameEtag } from "../store/mod.ts";
import type { RangeSink, RangesOptions } from "./ranges_options.ts";
import type { ObjectSource } from "./object_source.ts";
import type { Ranging } from "./settings.ts";

/** So many bytes are written before they are saved: a kill loses hardly more. */
const SAVE_BYTES = 4 * 1024 * 1024;
/** After so long, in milliseconds, fewer are saved as well. */
const SAVE_INTERVAL_MS = 1000;

/**
 * Downloads ranges of one version of an object to their places, several at once. What has
 * arrived is saved on the way, and also if the rest fails.
 *
 * @throws {ObjectChangedError} If the object was replaced.
 * @throws {FlatbedError} If the ranges cannot be downloaded or written.
 */
export async function downloadRanges(
  source: ObjectSource,
  { etag }: Pick<ObjectInfo, "etag">,
  wanted: readonly ByteRange[],
  sink: RangeSink,
  { signal, onProgress }: RangesOptions,
  { atOnce, size }: Ranging,
): Promise<void> {
  using stop = linkSignals(signal);
  const pieces = wanted.flatMap((range) => divide(range, size));
  let unsaved = 0, done = 0, savedAt = performance.now();
  const written = () =>
    pieces.map(({ start, written }) => ({ start, end: start + written }));
  let saving: Promise<void> | undefined;
  const save = () => {
    const isDue = unsaved >= SAVE_BYTES ||
      unsaved > 0 && performance.now() - savedAt >= SAVE_INTERVAL_MS;
    if (saving !== undefined || !isDue) return;
    unsaved = 0;
    savedAt = performance.now();
    saving = sink.save(written).then(
      () => {
        saving = undefined;
        save();
      },
      (error) => stop.abort(error),
    );
  };
  const fetchPiece = async (piece: Piece) => {
    const { start, end } = piece;
    const body = await source.open({ start, end, etag, signal: stop.signal });
    try {
      if (body.startsAt !== start) {
        throw new TransferError(
          `Cannot download bytes ${start} to ${end} of '${source.key}': the service has sent the whole object`,
          { key: source.key },
        );
      }
      // A service may support ranges without supporting If-Match.
      if (!sameEtag(body.info.etag, etag)) {
        throw new ObjectChangedError(
          `Cannot download '${source.key}': the object changed while it was read`,
          { key: source.key },
        );
      }
      using writer = await sink.openRange(start, (bytes) => {
        piece.written += bytes;
        unsaved += bytes;
        done += bytes;
        onProgress?.(done);
        save();
      });
      try {
        await passOn(body, [(bytes) => writer.write(bytes)]);
      } finally {
        await writer.flush();
      }
    } finally {
      body.cancel();
    }
  };
  try {
    await forEach(pieces, atOnce, fetchPiece, stop.signal);
  } finally {
    await saving;
    await sink.save(written);
    signal?.throwIfAborted();
  }
}

/** What one request asks for. */
interface Piece extends ByteRange {
  /** How many bytes of it the system has taken. */
  written: number;
}

/** Divides a range into what single requests ask for. */
function divide({ start, end }: ByteRange, size: number): Piece[] {
  const step = Math.ceil(size / SHARED_ALIGNMENT) * SHARED_ALIGNMENT;
  const pieces: Piece[] = [];
  for (let at = start; at < end; at += step) {
    pieces.push({ start: at, end: Math.min(end, at + step), written: 0 });
  }
  return pieces;
}
