import { fileURLToPath } from "node:url";
import { quote, wrongType, wrongValue } from "../base/mod.ts";

/** Checks a local path or a `file:` URL, and returns the path. */
export function checkPath(path: unknown): string {
  const local = path instanceof URL ? toLocalPath(path) : path;
  if (typeof local !== "string") {
    throw wrongType("localPath", "a string or a file: URL", local);
  }
  if (local === "" || local.includes("\0")) {
    throw new RangeError(
      `Cannot use ${quote(local)} as localPath: it is empty or holds a NUL`,
    );
  }
  return local;
}

function toLocalPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const error = wrongValue(
      "localPath",
      "a file: URL of this machine",
      url.href,
    );
    error.cause = cause;
    throw error;
  }
}
