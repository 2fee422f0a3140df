import type { MirrorFile } from "../mirror_file.ts";
import type { DamagedAtSourceEvent } from "./sync_event.ts";

/** The event that says that a file is damaged at source. */
export function damagedEvent(
  file: MirrorFile,
  { size, etag, gzipFault = "is not whole" }: {
    size?: number | undefined;
    etag?: string | undefined;
    gzipFault?: string | undefined;
  },
  isFetched: boolean,
  keptAs?: string,
): DamagedAtSourceEvent {
  return {
    code: "damaged-at-source",
    ...file,
    size,
    etag,
    gzipFault,
    isFetched,
    ...(keptAs !== undefined && { keptAs }),
  };
}
