import { linkSignals, ObjectChangedError } from "../base/mod.ts";
import { type ResumableBody, sameEtag } from "../store/mod.ts";
import type { ObjectSource } from "./object_source.ts";
import type { PartFile, RangeRecord } from "../files/mod.ts";

/** The service answers a request for a range with the whole object. */
export class RangesIgnoredError extends Error {}

/** Options of {@linkcode fetchRanges}. */
export interface FetchRangesOptions {
  /** How many ranges are fetched at once. */
  atOnce: number;
  signal: AbortSignal | undefined;
  /** Called when bytes have been written. */
  onBytes: () => void;
}

/** Fetches all that is missing of an object's ranges into its part file. */
export async function fetchRanges(
  source: ObjectSource,
  etag: string,
  ranges: RangeRecord,
  part: PartFile,
  { atOnce, signal, onBytes }: FetchRangesOptions,
): Promise<void> {
  // One range that fails for good ends the others.
  using stop = linkSignals(signal);
  const queue = Array(ranges.count).keys();
  const lane = async () => {
    for (const index of queue) {
      const { start, end } = ranges.missingOf(index);
      if (start === end) continue;
      const body = await source.open({ start, end, etag, signal: stop.signal });
      try {
        await store(body, index, start);
      } finally {
        body.cancel();
      }
    }
  };
  const store = async (body: ResumableBody, index: number, start: number) => {
    if (body.startsAt !== start) throw new RangesIgnoredError();
    // A service may know If-Match and no range, or the other way round.
    if (!sameEtag(body.info.etag, etag)) {
      throw new ObjectChangedError(
        `Cannot download '${source.key}': the object changed while it was read`,
        { key: source.key },
      );
    }
    using writer = await part.openRange(start, (bytes) => {
      ranges.add(index, bytes);
      onBytes();
    });
    try {
      for (
        let bytes = await body.read();
        bytes !== null;
        bytes = await body.read()
      ) {
        await writer.write(bytes);
      }
    } finally {
      await writer.flush();
    }
  };
  const lanes = Array.from(
    { length: Math.min(atOnce, ranges.count) },
    () =>
      lane().catch((error) => {
        stop.abort(error);
        throw error;
      }),
  );
  const results = await Promise.allSettled(lanes);
  signal?.throwIfAborted();
  // The others were stopped with the reason of the first.
  stop.signal.throwIfAborted();
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
  }
}
