import { ByteCollector, passOn, type Tap } from "../base/mod.ts";
import {
  canInflate,
  Decompressor,
  gunzipWhole,
  GzipError,
  isGzip,
} from "../gzip/mod.ts";
import { provingMd5, type ResumableBody } from "../store/mod.ts";
import { damagedAtSource } from "./damaged_at_source.ts";
import type { CheckedDownloadOptions } from "./check_download.ts";

/** Objects up to this size, in bytes as stored, can be decompressed as a whole. */
const WHOLE_MOST = 256 * 1024 * 1024;

/** What is read of a body. */
export type BodyReader = Pick<ResumableBody, "info" | "offset" | "read">;

/** Options of {@linkcode readContent}. */
export interface ReadContentOptions extends CheckedDownloadOptions {
  /** The most that the content may have, where it is decompressed as a whole: that blocks. */
  wholeUpTo?: number | undefined;
}

/** Reads an object to its end, and hands its content on. */
export async function readContent(
  body: BodyReader,
  key: string,
  { decompress, onProgress, wholeUpTo }: ReadContentOptions,
  take: Tap,
): Promise<void> {
  const { size = Infinity } = body.info;
  const progress = () =>
    onProgress?.({ key, bytes: body.offset, size: body.info.size });
  try {
    if (!decompress) {
      await passOn(body, [progress, take]);
    } else if (wholeUpTo !== undefined && canInflate && size <= WHOLE_MOST) {
      const collector = new ByteCollector(key);
      collector.restart(size);
      await passOn(body, [progress, (bytes) => collector.write(bytes)]);
      const stored = collector.take();
      await take(
        isGzip(stored, key) ? gunzipWhole(stored, key, wholeUpTo) : stored,
      );
    } else {
      using content = new Decompressor(key, take);
      const check = () => {
        if (content.damage !== undefined) throw content.damage;
      };
      await passOn(body, [progress, (bytes) => content.write(bytes), check]);
      await content.end();
      check();
    }
  } catch (error) {
    throw await explain(error, body, key);
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
  await passOn(body, []); // the MD5 of all bytes is compared at their end
  return damagedAtSource(key, body.info, error.fault);
}
