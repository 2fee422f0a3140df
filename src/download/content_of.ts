import { ByteCollector } from "../base/mod.ts";
import { type BodyReader, bytesOf } from "./bytes_of.ts";
import { isGzip, openContent } from "./decompress.ts";
import { gunzipWhole } from "../gzip/mod.ts";
import type {
  CheckedDownloadOptions,
  CheckedMemoryOptions,
} from "./options.ts";

/** An object's content in one piece, where it is gzip data. */
export async function* wholeContentOf(
  body: BodyReader,
  key: string,
  options: CheckedMemoryOptions,
): AsyncGenerator<Uint8Array> {
  const collector = new ByteCollector(key);
  collector.begin(body.info.size);
  for await (const bytes of bytesOf(body, key, options)) collector.write(bytes);
  const stored = collector.take();
  yield isGzip(stored, key)
    ? gunzipWhole(stored, key, options.maxBytes)
    : stored;
}

/** An object's content; the connection is given up with it. */
export async function* contentOf(
  body: BodyReader,
  key: string,
  options: CheckedDownloadOptions,
): AsyncGenerator<Uint8Array> {
  try {
    const stored = bytesOf(body, key, options);
    yield* options.decompress ? (await openContent(stored, key)).bytes : stored;
  } finally {
    body.cancel();
  }
}
