import { DamagedAtSourceError } from "../base/mod.ts";

/** Makes the error for an object whose stored gzip data is damaged. */
export function damagedAtSource(
  key: string,
  { size = 0, etag }: { size?: number | undefined; etag: string },
  fault: string,
): DamagedAtSourceError {
  return new DamagedAtSourceError(
    `Cannot decompress '${key}': it is damaged at source: its gzip data ${fault}, and these are the service's bytes; downloading it again cannot help until upstream replaces them`,
    { key, fault, size, etag },
  );
}
