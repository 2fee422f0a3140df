import { formatBytes } from "../base/mod.ts";
import type { AsyncS3Downloader } from "../download/mod.ts";
import { findGzipFault } from "../gzip/mod.ts";
import { explainError } from "./explain_error.ts";
import { OutputError, write } from "./terminal.ts";

/**
 * Writes an object to standard output as it arrives. Gzip data that is written as it is
 * stored is inflated besides, to know whether it is whole.
 *
 * @throws {Error} If it is not: what was written before cannot be taken back, and the message says so.
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
  const pieces = async function* () {
    for await (const bytes of stream) {
      write(bytes);
      written += bytes.length;
      yield bytes;
    }
  }();
  try {
    const fault = !decompress && key.endsWith(".gz")
      ? await findGzipFault(pieces, key)
      : undefined;
    for await (const _ of pieces) { /* each is written on its way */ }
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
