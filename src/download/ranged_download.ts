import {
  type ByteSource,
  forEach,
  linkSignals,
  ObjectChangedError,
  passOn,
  type Tap,
} from "../base/mod.ts";
import { sameEtag } from "../store/mod.ts";
import type { ObjectSource } from "./object_source.ts";
import type { PartFile, RangeRecord } from "../files/mod.ts";

/** The service answered a range request with the whole object. */
export class RangesIgnoredError extends Error {}

/** Options of {@linkcode fetchRanges}. */
export interface FetchRangesOptions {
  /** How many ranges are fetched at once. */
  atOnce: number;
  signal: AbortSignal | undefined;
  /** Called whenever bytes have been written. */
  onBytes: () => void;
  /** The taps that all bytes pass in order, including those that were there before. */
  taps: readonly Tap[];
}

/**
 * Fetches what is missing of an object's ranges into its part file. The taps follow in
 * the file, as far as it has arrived without a gap.
 *
 * @throws {RangesIgnoredError} If the service does not support ranges.
 */
export async function fetchRanges(
  source: ObjectSource,
  etag: string,
  ranges: RangeRecord,
  part: PartFile,
  { atOnce, signal, onBytes, taps }: FetchRangesOptions,
): Promise<void> {
  // The first failure aborts the rest.
  using stop = linkSignals(signal);
  const stopAll = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  using reader = await part.openReader(stop.signal);
  let more = Promise.withResolvers<void>();
  let isOver = false;
  // Reads the ranges in order, while they arrive in any order.
  const arrived: ByteSource = {
    async read() {
      while (true) {
        const isAll = isOver;
        const end = ranges.arrivedFrom(reader.position);
        const bytes = await reader.read(end);
        if (bytes !== null || isAll) return bytes;
        await more.promise;
        more = Promise.withResolvers();
      }
    },
  };
  const fetchRange = async (index: number) => {
    const { start, end } = ranges.missingOf(index);
    if (start === end) return;
    const body = await source.open({ start, end, etag, signal: stop.signal });
    try {
      if (body.startsAt !== start) throw new RangesIgnoredError();
      // A service may support ranges without supporting If-Match.
      if (!sameEtag(body.info.etag, etag)) {
        throw new ObjectChangedError(
          `Cannot download '${source.key}': the object changed while it was read`,
          { key: source.key },
        );
      }
      using writer = await part.openRange(start, (bytes) => {
        ranges.add(index, bytes);
        more.resolve();
        onBytes();
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
  const fetchAll = () =>
    forEach(
      Array(ranges.count).keys(),
      Math.min(atOnce, ranges.count),
      (index) => fetchRange(index).catch(stopAll),
    ).finally(() => {
      isOver = true;
      more.resolve();
    });
  const follow = () => passOn(arrived, taps).catch(stopAll);
  try {
    await forEach(
      taps.length > 0 ? [fetchAll, follow] : [fetchAll],
      2,
      (work) => work(),
    );
  } finally {
    signal?.throwIfAborted();
  }
}
