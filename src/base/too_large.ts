import { TooLargeError } from "./errors.ts";
import { formatBytes } from "./format_bytes.ts";

/** The error for a content of more than `maxBytes` bytes. */
export function tooLarge(
  key: string,
  maxBytes: number,
  cause?: unknown,
): TooLargeError {
  return new TooLargeError(
    `Cannot download '${key}': its content is larger than ${
      formatBytes(maxBytes)
    }: raise maxBytes, or use downloadToFile() or openStream(), which do not hold it in memory`,
    { key, cause },
  );
}
