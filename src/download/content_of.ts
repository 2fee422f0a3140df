import { ByteCollector } from "../base/mod.ts";
import { provingMd5 } from "../store/mod.ts";
import { type BodyReader, bytesOf } from "./bytes_of.ts";
import { damagedAtSource } from "./damaged_at_source.ts";
import { gunzipWhole, GzipError, isGzip, openContent } from "../gzip/mod.ts";
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
  try {
    yield isGzip(stored, key)
      ? gunzipWhole(stored, key, options.maxBytes)
      : stored;
  } catch (error) {
    throw await explain(error, body, key);
  }
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
  } catch (error) {
    throw await explain(error, body, key);
  } finally {
    body.cancel();
  }
}

/** Whose fault damaged gzip data is, where an MD5 can tell. */
async function explain(
  error: unknown,
  body: BodyReader,
  key: string,
): Promise<unknown> {
  const canTell = error instanceof GzipError &&
    provingMd5(body.info) !== undefined;
  if (!canTell) return error;
  // At its end the MD5 of all bytes is compared.
  while (await body.read() !== null);
  return damagedAtSource(key, body.info, error.fault);
}
