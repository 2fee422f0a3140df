import { withFile } from "./file_errors.ts";
import { inspectPath } from "./inspect_path.ts";
import { PART_ENDINGS } from "./part_endings.ts";
import { writeAll } from "./write_all.ts";

/**
 * Writes a file atomically: on failure the old file stays as it was. Follows links;
 * what is not a regular file, such as a pipe, is written to directly.
 *
 * @param path The file's path.
 * @param content What it is to hold.
 * @param options Whether the content is on the disk before it gets its name.
 * @throws {LocalFileError} If it cannot be written.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { isDurable = false }: { isDurable?: boolean } = {},
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
      if (isDurable) await writeDurably(part, bytes);
      else await Deno.writeFile(part, bytes, { createNew: true });
      await Deno.rename(part, target);
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  });
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, bytes);
  await file.sync();
}
