import { TextLineStream } from "@std/streams/text-line-stream";

/**
 * Reads the first lines of a text file.
 *
 * @param path The file's path; where it ends with `.gz`, the file is inflated.
 * @param count How many lines at most.
 * @returns The lines, without their line breaks.
 */
export async function* readFirstLines(
  path: string,
  count: number,
): AsyncGenerator<string> {
  using file = await Deno.open(path);
  const content = path.endsWith(".gz")
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  const lines = content
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  let left = count;
  for await (const line of lines) {
    if (left-- <= 0) break;
    yield line;
  }
}
