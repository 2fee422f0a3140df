import { ByteCollector, tooLarge } from "../base/mod.ts";
import type { CheckedMemoryOptions } from "./check_download.ts";
import type { ObjectSource } from "./object_source.ts";
import { readContent } from "./read_content.ts";
import { runTwice } from "./run_twice.ts";

/**
 * Downloads one object into memory.
 *
 * @param source The object.
 * @param options How.
 * @param allowSyncIO Whether to decompress it in one synchronous call.
 * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
 */
export function downloadToMemory(
  source: ObjectSource,
  options: CheckedMemoryOptions,
  allowSyncIO: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const { key } = source;
  const { maxBytes, decompress } = options;
  const collector = new ByteCollector(key);
  return runTwice(async () => {
    const body = await source.open();
    try {
      const size = decompress ? undefined : body.info.size;
      // Nothing is read of what is known to be too large.
      if (size !== undefined && size > maxBytes) throw tooLarge(key, maxBytes);
      collector.restart(size);
      let total = 0;
      const wholeUpTo = allowSyncIO ? maxBytes : undefined;
      await readContent(body, key, { ...options, wholeUpTo }, (bytes) => {
        total += bytes.length;
        if (total > maxBytes) throw tooLarge(key, maxBytes);
        collector.write(bytes);
      });
      return collector.take();
    } finally {
      body.cancel();
    }
  }, source.onRetry);
}
