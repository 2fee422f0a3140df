import { formatBytes } from "../base/mod.ts";
import type { AsyncS3Downloader } from "../download/mod.ts";
import { Decompressor } from "../gzip/mod.ts";
import { explainError } from "./explain_error.ts";
import { OutputError, write } from "./terminal.ts";

/**
 * Writes an object to standard output as it arrives. Gzip data written as stored is also
 * decompressed, to check it.
 *
 * @throws {Error} If it is damaged: what was already written cannot be taken back, and the message says so.
 */
export async function writeObject(
  downloader: AsyncS3Downloader,
  bucket: string,
  key: string,
  decompress: boolean,
  signal: AbortSignal,
): Promise<void> {
  const options = { decompress, signal };
  const stream = await downloader.openStream(bucket, key, options);
  let written = 0;
  using content = !decompress && key.endsWith(".gz")
    ? new Decompressor(key)
    : undefined;
  try {
    for await (const bytes of stream) {
      write(bytes);
      written += bytes.length;
      await content?.write(bytes);
    }
    await content?.end();
    const fault = content?.damage?.fault;
    if (fault === undefined) return;
    throw new Error(`'${key}' is damaged: its gzip data ${fault}`);
  } catch (error) {
    const isOutput = error instanceof OutputError ||
      error instanceof Deno.errors.BrokenPipe;
    if (written === 0 || isOutput || signal.aborted) throw error;
    throw new Error(
      `${explainError(error, new Date())}; ${
        formatBytes(written)
      } went to standard output before that: do not use them`,
      { cause: error },
    );
  }
}
