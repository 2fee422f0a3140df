import { GzipFault } from "./gzip_fault.ts";
import { toGzipError } from "./gzip_error.ts";
import type { GzipIndex, PackedCheckpoint } from "./gzip_index.ts";
import { WINDOW } from "./inflater.ts";
import { unpackWindow } from "./window.ts";

/** `GZIDX`, version 1, no flags. */
const MAGIC = Uint8Array.of(0x47, 0x5a, 0x49, 0x44, 0x58, 1, 0);
const HEADER_SIZE = 35;
/** Two offsets, the bits, and whether there is a window. */
const POINT_SIZE = 18;

/**
 * Writes an index in the format of indexed_gzip (`GZIDX`, version 1), which rapidgzip reads
 * as well. Of each window only the bytes that are used are there, the others are zeros.
 *
 * @param index The index.
 * @returns The file's content, piece by piece.
 *
 * @example
 * ```ts
 * import { exportGzidx, indexGzip } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const stored = new Blob(["ticker,close\nA,1\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const index = await indexGzip(stored, "day.csv.gz");
 * const [head = new Uint8Array()] = exportGzidx(index);
 * assertEquals(new TextDecoder().decode(head.subarray(0, 5)), "GZIDX");
 * ```
 */
export function* exportGzidx(
  index: GzipIndex,
): Generator<Uint8Array<ArrayBuffer>> {
  // A point is where deflate data goes on: the beginning of a later member is none.
  const points = index.checkpoints.filter(({ isMember, bit }) =>
    !isMember || bit === 0
  );
  const head = new Uint8Array(HEADER_SIZE + POINT_SIZE * points.length);
  head.set(MAGIC);
  const view = new DataView(head.buffer);
  view.setBigUint64(7, BigInt(index.size), true);
  view.setBigUint64(15, BigInt(index.contentSize), true);
  view.setUint32(23, spacingOf(points), true);
  view.setUint32(27, WINDOW, true);
  view.setUint32(31, points.length, true);
  points.forEach((point, number) => {
    const at = HEADER_SIZE + POINT_SIZE * number;
    // The first one is behind the header; the others behind the byte whose upper bits come next.
    const bit = point.isMember ? index.headerSize * 8 : point.bit;
    const bits = (8 - bit % 8) % 8;
    view.setBigUint64(at, BigInt(Math.ceil(bit / 8)), true);
    view.setBigUint64(at + 8, BigInt(point.content), true);
    view.setUint8(at + 16, bits);
    view.setUint8(at + 17, point.isMember ? 0 : 1);
  });
  yield head;
  for (const { isMember, window } of points) {
    if (isMember) continue;
    const whole = new Uint8Array(WINDOW);
    const bytes = unpack(window);
    whole.set(bytes, WINDOW - bytes.length);
    yield whole;
  }
}

/** At least a window, as indexed_gzip wants it. */
function spacingOf(points: readonly PackedCheckpoint[]): number {
  const last = points[points.length - 1]?.content ?? 0;
  const mean = points.length < 2 ? 0 : Math.floor(last / (points.length - 1));
  return Math.min(Math.max(mean, 2 * WINDOW), 2 ** 31);
}

function unpack(window: Uint8Array): Uint8Array {
  try {
    return unpackWindow(window);
  } catch (error) {
    if (!(error instanceof GzipFault)) throw error;
    throw toGzipError(error, "the index");
  }
}
