import { fileURLToPath } from "node:url";
import { quote } from "../base/mod.ts";

/** Checks a local path, and returns it as a text. */
export function checkPath(path: unknown): string {
  const local = path instanceof URL ? toLocalPath(path) : path;
  if (typeof local !== "string") {
    throw new TypeError(
      `Cannot use localPath of type ${typeof local}: a string or a file: URL is wanted`,
    );
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
    throw new RangeError(
      `Cannot use ${
        quote(url.href)
      } as localPath: a file: URL of this machine is wanted`,
      { cause },
    );
  }
}
