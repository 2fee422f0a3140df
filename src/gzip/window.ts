import { deflateRaw } from "./deflate_raw.ts";
import { inflateRaw } from "./inflate_raw.ts";
import { GzipFault } from "./gzip_fault.ts";
import { type UsedRanges, WINDOW } from "./inflater.ts";

/**
 * Packs a checkpoint's window: of its bytes only those that the content behind it copies
 * from, in ranges, deflated.
 *
 * @param length How long the window is, at most 32 KiB.
 * @param ranges Which of its bytes are used.
 */
export async function packWindow(
  length: number,
  { count, lengths, bytes }: UsedRanges,
): Promise<Uint8Array<ArrayBuffer>> {
  if (count === 0) return new Uint8Array();
  const head = toVarints([length, count]);
  const whole = new Uint8Array(head.length + lengths.length + bytes.length);
  whole.set(head);
  whole.set(lengths, head.length);
  whole.set(bytes, head.length + lengths.length);
  return await deflateRaw(whole);
}

/**
 * Unpacks what {@linkcode packWindow} has made; bytes that are not used are zeros.
 *
 * @throws {GzipFault} If it is damaged.
 */
export function unpackWindow(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  if (packed.length === 0) return new Uint8Array();
  const data = inflateRaw(packed, 3 * WINDOW);
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = data[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new GzipFault("has a window that is damaged");
  };
  const window = new Uint8Array(Math.min(next(), WINDOW));
  const lengths = Array.from({ length: Math.min(next(), WINDOW) * 2 }, next);
  let to = 0;
  for (let i = 0; i < lengths.length; i += 2) {
    to += lengths[i] ?? 0;
    const bytes = data.subarray(at, at += lengths[i + 1] ?? 0);
    if (to + bytes.length > window.length || at > data.length) {
      throw new GzipFault("has a window that is damaged");
    }
    window.set(bytes, to);
    to += bytes.length;
  }
  return window;
}

function toVarints(values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value >= 128; value >>>= 7) bytes.push(value & 127 | 128);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}
