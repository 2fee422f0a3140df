import { ByteCollector, passOn, type Tap } from "../base/mod.ts";
import {
  canInflate,
  Decompressor,
  decompressSync,
  GzipError,
} from "../gzip/mod.ts";
import { provingMd5, type ResumableBody } from "../store/mod.ts";
import { damagedAtSource } from "./damaged_error.ts";
import type { CheckedDownloadOptions } from "./check_download.ts";

/** Objects up to this stored size in bytes are decompressed in one call. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024;

/** The part of a body that is needed to read it. */
export type BodyReader = Pick<ResumableBody, "info" | "offset" | "read">;

/** Options of {@linkcode readContent}. */
export interface ReadContentOptions extends CheckedDownloadOptions {
  /** Decompress in one synchronous call; the value is the maximum size of the content in bytes. */
  wholeUpTo?: number | undefined;
}

/**
 * Reads an object to its end, and passes its content to a tap.
 *
 * @throws {DamagedAtSourceError} If the gzip data is damaged and its MD5 is right.
 * @throws {GzipError} If it is damaged otherwise.
 */
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
    } else if (
      wholeUpTo !== undefined && canInflate && size <= MAX_WHOLE_BYTES
    ) {
      const collector = new ByteCollector(key);
      collector.restart(size);
      await passOn(body, [progress, (bytes) => collector.write(bytes)]);
      await take(decompressSync(collector.take(), key, wholeUpTo));
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

/** Finds out whether damaged gzip data is damaged at source, if its MD5 can tell. */
async function explain(
  error: unknown,
  body: BodyReader,
  key: string,
): Promise<unknown> {
  const canTell = error instanceof GzipError &&
    provingMd5(body.info) !== undefined;
  if (!canTell) return error;
  await passOn(body, []); // at the end, the MD5 is compared
  return damagedAtSource(key, body.info, error.fault);
}
