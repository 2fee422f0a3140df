import { TextLineStream } from "@std/streams/text-line-stream";

/** The first lines of a gzipped text file. */
export async function* gzipToLines(
  path: string,
  count: number,
): AsyncGenerator<string> {
  using file = await Deno.open(path);
  const lines = file.readable
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  let left = count;
  for await (const line of lines) {
    if (left-- <= 0) break;
    yield line;
  }
}
