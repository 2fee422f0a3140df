import { GzipFault } from "./gzip_fault.ts";
import { Inflater } from "./inflater.ts";

/**
 * Inflates raw deflate data of at most so many bytes of content, which is at hand as a whole.
 *
 * @throws {GzipFault} If it is damaged, or has more content, or something behind it.
 */
export function inflateRaw(
  data: Uint8Array,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  using inflater = Inflater.take();
  const content = new Uint8Array(maxBytes);
  let size = 0;
  let at = 0;
  while (!inflater.hasEnded) {
    const out = inflater.read();
    if (size + out.length > maxBytes) throw new GzipFault("is too long");
    content.set(out, size);
    size += out.length;
    if (out.length > 0 || inflater.hasEnded) continue;
    if (at === data.length) throw new GzipFault("ends early");
    at += inflater.write(data.subarray(at));
  }
  if (at - inflater.unread < data.length) {
    throw new GzipFault("is followed by something else");
  }
  return content.subarray(0, size);
}
