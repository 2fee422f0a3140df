import { isStandardOutput, write } from "./terminal.ts";
import { UsageError } from "./usage.ts";

/**
 * Writes pieces to a file, which is there once it is whole, or to standard output. Returns
 * how many bytes. `onWritten` may free a piece.
 */
export async function writePieces<Piece extends Uint8Array>(
  pieces: AsyncIterable<Piece>,
  output: string | undefined,
  onWritten: (piece: Piece) => void = () => {},
): Promise<number> {
  let size = 0;
  if (output === undefined || isStandardOutput(output)) {
    for await (const bytes of pieces) {
      write(bytes);
      size += bytes.length;
      onWritten(bytes);
    }
    return size;
  }
  const { openWholeFile } = await import("../files/mod.ts");
  await using file = await openWholeFile(output);
  for await (const bytes of pieces) {
    await file.write(bytes);
    size += bytes.length;
    onWritten(bytes);
  }
  await file.finish();
  return size;
}

const FORMATS: Readonly<Record<string, string>> = {
  csv: "csv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  arrow: "arrow",
  arrows: "arrow",
  parquet: "parquet",
};

/**
 * The format of an output: the one that is given, or by the ending of its name, or the
 * usual one for standard output.
 *
 * @throws {UsageError} If the name has another ending.
 */
export function formatOf<Format extends string>(
  { format, output }: {
    format?: Format | undefined;
    output?: string | undefined;
  },
  choices: readonly Format[],
  usual: Format,
): Format {
  if (format !== undefined) return format;
  if (output === undefined || isStandardOutput(output)) return usual;
  const [ending = "", , name = ""] = /\.((\w+)(?:\.gz)?)$/.exec(output) ?? [];
  const found = choices.find((choice) =>
    choice === FORMATS[name.toLowerCase()]
  );
  if (found !== undefined && !ending.endsWith(".gz")) return found;
  const endings = choices.map((choice) => `.${choice}`);
  const instead = found === undefined
    ? `end the name with ${endings.slice(0, -1).join(", ")} or ${
      endings.at(-1)
    }, or use --format`
    : `leave out --output, and add | gzip > ${output}`;
  throw new UsageError(`Cannot write the format of ${output}: ${instead}`);
}
