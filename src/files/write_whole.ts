import { withFile } from "./file_errors.ts";
import { inspectPath } from "./inspect_path.ts";
import { PART_ENDINGS } from "./part_endings.ts";

/**
 * Writes a file atomically: on failure the old file stays as it was. Follows links;
 * what is not a regular file, such as a pipe, is written to directly.
 *
 * @throws {LocalFileError} If it cannot be written.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await withFile("write", path, async () => {
    const { path: target, kind } = inspectPath(path);
    if (kind !== "absent" && kind !== "file") {
      await Deno.writeFile(target, bytes, { append: true });
      return;
    }
    const part = `${target}.${crypto.randomUUID()}${PART_ENDINGS.part}`;
    try {
      await Deno.writeFile(part, bytes, { createNew: true });
      await Deno.rename(part, target);
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  });
}
