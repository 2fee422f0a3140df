import type { ResumableBody } from "../store/mod.ts";
import type { DownloadOptions } from "./options.ts";

/** An object's bytes as they arrive; each piece is good until the next one is asked for. */
export async function* bytesOf(
  body: ResumableBody,
  key: string,
  { onProgress }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  for (
    let bytes = await body.read();
    bytes !== null;
    bytes = await body.read()
  ) {
    onProgress?.({ key, bytes: body.offset, total: body.info.size });
    yield bytes;
  }
}
