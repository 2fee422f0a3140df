import type { BenchCase } from "../bench_case.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import {
  comparing,
  dataTools,
  makeMirror,
  rangeOf,
  tickersOf,
} from "./_rows.ts";

const TICKERS = 500;

/** The most memory that a process may take, in MB. */
const MOST = 200;

/** The rows of many tickers out of some days of minutes. */
export const extractTickers: BenchCase = {
  name: "extract-tickers",
  title: ({ sizes }) =>
    `${TICKERS} tickers of ${sizes.fewDays} days of minutes with ${
      formatSize(sizes.dayContent)
    } of content each`,
  data: ["days"],
  room: 1e9,
  async prepare(context) {
    const objects = context.objects("days").slice(0, context.sizes.fewDays);
    const mirror = await makeMirror(
      context,
      "extract-tickers",
      "stocks_minute",
      objects,
    );
    const files = objects.map(({ key }) => `${mirror}/${key}`);
    const tickers = await tickersOf(files[0] ?? "", TICKERS);
    const list = `${context.scratch}/tickers.txt`;
    await Deno.writeTextFile(list, tickers.join("\n"));
    const ours = (name: string) => {
      const output = `${mirror}/${name}.csv`;
      return {
        output,
        ...context.flatbed([
          ...["extract", "stocks_minute", "--tickers", list],
          ...rangeOf(objects),
          ...["--out", mirror, "--offline", "--output", output],
        ]),
      };
    };
    const awk = `${mirror}/awk.csv`;
    return {
      programs: comparing([
        { name: "flatbed extract", ...ours("indexed") },
        {
          name: "flatbed extract, no index",
          ...ours("through"),
          before: () => remove(`${mirror}/.flatbed/indexes`),
        },
        ...dataTools(context, mirror, tickers, files),
        {
          name: "zcat | awk",
          needs: ["gunzip"],
          output: awk,
          ...context.peer(["sh", "-c", AWK, "sh", awk, list, ...files]),
          after: () => remove(mirror),
        },
      ], "volume"),
      targets: [
        { kind: "peak", ours: "flatbed extract", atMost: MOST },
        {
          kind: "speed",
          ours: "flatbed extract",
          against: ["flatbed extract, no index"],
          atLeast: 1,
        },
        {
          kind: "speed",
          ours: "flatbed extract",
          against: ["DuckDB", "Polars"],
          atLeast: 1,
        },
      ],
    };
  },
};

const AWK = `
out="$1" list="$2"
shift 2
for file; do
  zcat "$file" | awk -F, 'NR == FNR { wanted[$1]; next } $1 in wanted' "$list" -
done > "$out"`;
