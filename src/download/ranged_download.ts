import { linkSignals, ObjectChangedError } from "../store/mod.ts";
import type { ObjectSource } from "./file_download.ts";
import type { PartFile } from "./part_file.ts";
import type { RangeRecord } from "./range_record.ts";

/** Bytes of a range are collected up to this many before they are written: a process that is killed loses no more. */
const BUFFER_SIZE = 256 * 1024;

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
      const writer = new RangeWriter(part, ranges, index, onBytes);
      try {
        if (body.startsAt !== start) throw new RangesIgnoredError();
        // A service may know If-Match and no range, or the other way round.
        if (body.info.etag !== etag) {
          throw new ObjectChangedError(
            `Cannot download '${source.key}': the object changed while it was read`,
            { key: source.key },
          );
        }
        for (
          let bytes = await body.read();
          bytes !== null;
          bytes = await body.read()
        ) {
          writer.write(bytes);
        }
      } finally {
        body.cancel();
        writer.flush();
      }
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

/** Writes the bytes of one range to their place, and then notes that they are there. */
class RangeWriter {
  readonly #part: PartFile;
  readonly #ranges: RangeRecord;
  readonly #index: number;
  readonly #onBytes: () => void;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #used = 0;

  constructor(
    part: PartFile,
    ranges: RangeRecord,
    index: number,
    onBytes: () => void,
  ) {
    this.#part = part;
    this.#ranges = ranges;
    this.#index = index;
    this.#onBytes = onBytes;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + BUFFER_SIZE - this.#used);
      this.#buffer.set(piece, this.#used);
      this.#used += piece.length;
      at += piece.length;
      if (this.#used === BUFFER_SIZE) this.flush();
    }
  }

  flush(): void {
    if (this.#used === 0) return;
    const { start } = this.#ranges.missingOf(this.#index);
    this.#part.writeAt(start, this.#buffer.subarray(0, this.#used));
    this.#ranges.add(this.#index, this.#used);
    this.#used = 0;
    this.#onBytes();
  }
}
