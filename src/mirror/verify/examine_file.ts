import { createHash } from "node:crypto";
import { Decompressor } from "../../gzip/mod.ts";
import { withFile } from "../../files/mod.ts";

/** What reading a file has shown. */
export interface Examination {
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  sha256: string;
  /** The MD5 of its bytes, where it was asked for. */
  md5: string | undefined;
  /** How many bytes there were. */
  bytes: number;
  /** When it was last changed, before it was read. */
  mtime: Date;
  /** What is wrong with its gzip data, where that was asked for, as the end of a sentence that begins with it. */
  gzipFault: string | undefined;
}

/** What is to be found out, besides the SHA-256. */
export interface ExamineOptions {
  md5?: boolean;
  gzip?: boolean;
  signal?: AbortSignal | undefined;
}

const CHUNK = 256 * 1024;

/** Reads a file once, from its beginning to its end. */
export async function examineFile(
  path: string,
  options: ExamineOptions = {},
): Promise<Examination> {
  return await withFile("read", path, async () => {
    using file = await Deno.open(path);
    const { mtime } = await file.stat();
    const sha256 = createHash("sha256");
    const md5 = options.md5 ? createHash("md5") : undefined;
    let bytes = 0;
    const buffer = new Uint8Array(CHUNK);
    using content = options.gzip ? new Decompressor(path) : undefined;
    while (true) {
      options.signal?.throwIfAborted();
      const count = await file.read(buffer);
      if (count === null) break;
      const chunk = buffer.subarray(0, count);
      bytes += count;
      sha256.update(chunk);
      md5?.update(chunk);
      await content?.write(chunk);
    }
    await content?.end();
    return {
      sha256: sha256.digest("hex"),
      md5: md5?.digest("hex"),
      bytes,
      mtime: mtime ?? new Date(0),
      gzipFault: content?.damage?.fault,
    };
  });
}
