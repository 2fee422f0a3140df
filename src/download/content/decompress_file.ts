import { createHash } from "node:crypto";
import { ahead, IntegrityError } from "../../base/mod.ts";
import {
  openFileReader,
  openFileSource,
  PartFile,
  withFile,
  writeAll,
} from "../../files/mod.ts";
import { readIndexed } from "../../gzip/mod.ts";
import { partOfIndex, type RowIndex, type RowSpan } from "../../rows/mod.ts";
import type { FileThreads } from "../file_threads.ts";

/** A thread is given spans of so much content at once, at least. */
const PART_SIZE = 32 * 1024 * 1024;

/** Content that was written. */
export interface DecompressedFile {
  /** How many bytes it has. */
  bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  sha256: string;
}

/**
 * Whether the spans of an index are all of the content below the header row: not so where
 * there are empty lines alone at its end.
 *
 * @param index The index.
 */
export function hasWholeContent(
  { spans, headerEnd, contentSize }: RowIndex,
): boolean {
  let end = headerEnd;
  for (const span of spans) {
    if (span.start !== end) return false;
    end = span.end;
  }
  return end === contentSize;
}

/**
 * Decompresses a file by its index, in several threads. What is written has the checksums
 * and the size of the index before it gets its name.
 *
 * @param threads What does it.
 * @param path The file's path.
 * @param index Its index; see {@linkcode hasWholeContent}.
 * @param target Where the content goes.
 * @param options The signal.
 * @throws {IntegrityError} If the content is not that of the index.
 * @throws {LocalFileError} If the file cannot be read, or the content not be written.
 */
export async function decompressFile(
  threads: FileThreads,
  path: string,
  index: RowIndex,
  target: string,
  { signal }: { signal: AbortSignal },
): Promise<DecompressedFile> {
  const { object: { key, size }, contentSize } = index;
  using part = await PartFile.open(target, false);
  try {
    const output = await part.openContentFile();
    await writeHeader(path, index, output, signal);
    using reader = await openFileReader(output, signal);
    const sha256 = createHash("sha256");
    const written = ahead(
      groupsOf(index.spans),
      1 + threads.count,
      async (spans) => {
        await threads.run(
          "writeSpans",
          [path, partOfIndex(index, spans), output],
          { signal, isThreaded: true },
        );
        return spans.at(-1)?.end;
      },
    );
    const hash = async (end: number | undefined) => {
      for (let bytes; (bytes = await reader.read(end)) !== null;) {
        sha256.update(bytes);
      }
    };
    for await (const end of written) await hash(end);
    await hash(undefined);
    if (reader.position !== contentSize) {
      throw new IntegrityError(
        `Cannot decompress '${key}': expected ${contentSize} bytes, got ${reader.position}`,
        { key },
      );
    }
    const bytes = await part.finish({ isContent: true, size, signal });
    return { bytes, sha256: sha256.digest("hex") };
  } catch (error) {
    await part.keep();
    throw error;
  }
}

/** Writes the header row, which is in no span. */
async function writeHeader(
  path: string,
  { object: { key }, gzip, header, headerEnd }: RowIndex,
  output: string,
  signal: AbortSignal,
): Promise<void> {
  using source = await openFileSource(path);
  const bytes = new Uint8Array(headerEnd);
  let at = 0;
  const options = { name: key, signal };
  for await (const piece of readIndexed(source, gzip, 0, headerEnd, options)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  // A byte order mark is not in the index.
  if (new TextDecoder().decode(bytes) !== header) {
    throw new IntegrityError(
      `Cannot decompress '${key}': its header row is not that of its index`,
      { key },
    );
  }
  await withFile("write", output, async () => {
    using file = await Deno.open(output, { write: true });
    await writeAll(file, bytes);
  });
}

/** Spans that follow each other, in groups. */
function groupsOf(spans: readonly RowSpan[]): RowSpan[][] {
  const groups: RowSpan[][] = [];
  let size = PART_SIZE;
  for (const span of spans) {
    if (size >= PART_SIZE) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(span);
    size += span.end - span.start;
  }
  return groups;
}
