import { openFileSource, withFile, writeAll } from "../../files/mod.ts";
import { FILE_SLICE } from "./file_slice.ts";
import { openIndexed, type RowIndex } from "../../rows/mod.ts";

/**
 * Decompresses spans of a file that has an index, and writes each to its place in another
 * file.
 *
 * @param path The file's path.
 * @param index The index; all its spans are written.
 * @param output The path of the other file, which is there.
 * @param options The signal.
 * @throws {IntegrityError} If the content is not that of the index.
 * @throws {LocalFileError} If the one cannot be read, or the other one not be written.
 */
export async function writeSpans(
  path: string,
  index: RowIndex,
  output: string,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  using source = await openFileSource(path);
  using file = await withFile(
    "write",
    output,
    () => Deno.open(output, { write: true }),
  );
  file.seekSync(index.spans[0]?.start ?? 0, Deno.SeekMode.Start);
  const contents = openIndexed(source, index).read(index.spans, {
    sliceSize: FILE_SLICE,
    signal,
  });
  for await (const content of contents) {
    await withFile("write", output, () => writeAll(file, content));
  }
}
