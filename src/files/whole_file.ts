import { withFile } from "./file_errors.ts";
import { inspectPath } from "./inspect_path.ts";
import { PART_ENDINGS } from "./part_endings.ts";

/** A file that is written piece by piece, and is there once it is finished. */
export interface WholeFile extends AsyncDisposable {
  /** Writes more bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the file in its place. */
  finish(): Promise<void>;
}

/**
 * Opens a file to be written atomically: unless it is finished, an older file stays as it
 * was. Follows links; what is not a regular file, such as a pipe, is written to directly.
 *
 * @throws {LocalFileError} If it cannot be written.
 */
export async function openWholeFile(path: string): Promise<WholeFile> {
  const { target, part, file } = await withFile("write", path, async () => {
    const { path: target, kind } = inspectPath(path);
    const isRegular = kind === "absent" || kind === "file";
    const part = isRegular
      ? `${target}.${crypto.randomUUID()}${PART_ENDINGS.part}`
      : undefined;
    const file = await Deno.open(part ?? target, {
      write: true,
      createNew: isRegular,
    });
    return { target, part, file };
  });
  let isOpen = true;
  let isFinished = false;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  return {
    async write(bytes) {
      await withFile("write", path, async () => {
        for (let done = 0; done < bytes.length;) {
          done += await file.write(bytes.subarray(done));
        }
      });
    },
    async finish() {
      await withFile("write", path, async () => {
        close();
        if (part !== undefined) await Deno.rename(part, target);
        isFinished = true;
      });
    },
    async [Symbol.asyncDispose]() {
      close();
      if (part === undefined || isFinished) return;
      await Deno.remove(part).catch(() => {});
    },
  };
}
