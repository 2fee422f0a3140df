import type { ResumableBody } from "../store/mod.ts";
import type { DownloadOptions } from "./options.ts";

/** What is read of a body. */
export type BodyReader = Pick<
  ResumableBody,
  "info" | "offset" | "read" | "cancel"
>;

/** An object's bytes as they arrive; each piece is good until the next one is asked for. */
export async function* bytesOf(
  body: BodyReader,
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
