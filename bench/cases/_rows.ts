import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { TextLineStream } from "@std/streams/text-line-stream";
import type { Program } from "../bench_case.ts";
import type { BenchContext } from "../bench_context.ts";
import type { BenchObject } from "../data.ts";
import type { Command } from "../measure.ts";

/** Makes a mirror of objects, with their indexes; those with an MD5 are links. */
export async function makeMirror(
  context: BenchContext,
  name: string,
  dataType: string,
  objects: readonly BenchObject[],
): Promise<string> {
  const mirror = context.download(name);
  for (const { key, md5 } of objects) {
    if (md5 === undefined) continue; // the listing's ETag is another one
    const path = `${mirror}/${key}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.link(context.objectPath(key), path);
  }
  const where = [dataType, ...rangeOf(objects), "--out", mirror];
  await context.run(context.flatbed(["sync", ...where]));
  await context.run(context.flatbed(["index", ...where]));
  return mirror;
}

/** The options for the days of objects. */
export function rangeOf(objects: readonly BenchObject[]): string[] {
  const dates = objects.map(({ key }) =>
    /[\d-]{10}(?=\.)/.exec(key)?.[0] ?? ""
  );
  return ["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""];
}

/** How large the indexes of a mirror are, next to the files. */
export async function describeIndexes(
  mirror: string,
  objects: readonly BenchObject[],
): Promise<string> {
  let [stored, indexes] = [0, 0];
  for (const { key, size } of objects) {
    const { size: index } = await Deno.stat(
      `${mirror}/.flatbed/indexes/${key}.index`,
    );
    stored += size;
    indexes += index;
  }
  const [file, index] = [stored, indexes].map((size) =>
    (size / objects.length / 1e6).toFixed(3)
  );
  const part = (indexes / stored * 100).toFixed(2);
  return `an index has ${index} MB, for a file of ${file} MB: ${part} %`;
}

/** So many tickers of a file, spread over it evenly. */
export async function tickersOf(
  path: string,
  count: number,
): Promise<string[]> {
  const file = await Deno.open(path);
  const lines = file.readable.pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const tickers = new Set<string>();
  for await (const line of lines) tickers.add(line.slice(0, line.indexOf(",")));
  tickers.delete("ticker");
  const all = [...tickers];
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, index) => all[Math.floor((index + 0.5) / count * all.length)] ?? "",
  );
}

/** A program that writes rows to a file, and how the file is compared with the others. */
export interface RowsProgram extends Program {
  /** Where it writes. */
  output: string;
  /** Whether it writes numbers in its own way. */
  rewrites?: boolean;
}

/** Compares what programs wrote: all bytes without the header row, or rows and a sum. */
export function comparing(
  programs: readonly RowsProgram[],
  column: string,
): Program[] {
  const digests = new Set<string>();
  const sums = new Set<string>();
  return programs.map(({ output, rewrites = false, ...program }) => ({
    ...program,
    verify: async (run) => {
      await program.verify?.(run);
      const { digest, sum } = await readRows(output, column);
      if (!rewrites) digests.add(digest);
      sums.add(sum);
      if (digests.size > 1 || sums.size > 1) {
        throw new Error(`Other programs wrote something else: ${[...sums]}`);
      }
    },
  }));
}

/** What a file of rows comes to; a program may leave out the header row. */
async function readRows(
  path: string,
  column: string,
): Promise<{ digest: string; sum: string }> {
  using file = await Deno.open(path);
  const lines = file.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  const hash = createHash("sha256");
  const place = COLUMNS[column] ?? 0;
  let [rows, sum] = [0, 0];
  for await (const line of lines) {
    if (line.startsWith("ticker,")) continue;
    hash.update(line).update("\n");
    rows++;
    sum += Number(line.split(",").at(place));
  }
  return { digest: hash.digest("hex"), sum: `${rows} rows, sum ${sum}` };
}

/** Where columns stand; those behind quoted fields are counted from the end. */
const COLUMNS: Readonly<Record<string, number>> = { volume: 1, size: -4 };

/** `zcat | grep`, or other words of the shell in place of `zcat`. */
export function grep(
  context: BenchContext,
  program: string,
  output: string,
  ticker: string,
  files: readonly string[],
): Command {
  return context.peer([
    ...["sh", "-c", GREP, "sh", program, output, `^${ticker},`, ...files],
  ]);
}

/** Not stopped by a file without such rows. */
const GREP = `
program="$1" out="$2" pattern="$3"
shift 3
for file; do
  $program "$file" | LC_ALL=C grep "$pattern"
done > "$out"
exit 0`;

/** DuckDB and Polars over the same files. */
export function dataTools(
  context: BenchContext,
  folder: string,
  tickers: readonly string[],
  files: readonly string[],
): RowsProgram[] {
  const rewrites = true;
  return (["DuckDB", "Polars"] as const).map((name) => {
    const tool = name === "DuckDB" ? "duckdb" : "polars";
    const output = `${folder}/${tool}.csv`;
    const args = [output, tickers.join(","), ...files];
    return {
      ...{ name, needs: [tool], output, rewrites },
      ...context.venv(`rows_${tool}.py`, args),
    };
  });
}
