import type { BenchCase } from "../bench_case.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { TRADED_TICKER } from "../market_ticks.ts";
import {
  comparing,
  dataTools,
  describeIndexes,
  grep,
  makeMirror,
  rangeOf,
} from "./_rows.ts";

/** The most memory that a process may take, in MB. */
const MOST = 200;

/** The rows of one ticker out of a day of trades. */
export const extractDay: BenchCase = {
  name: "extract-day",
  title: ({ sizes }) =>
    `one ticker (2 % of the rows) of a day of trades with ${
      formatSize(sizes.tradesContent)
    } of content`,
  data: ["trades"],
  room: 0.4e9,
  async prepare(context) {
    const objects = context.objects("trades");
    const mirror = await makeMirror(
      context,
      "extract-day",
      "stocks_trades",
      objects,
    );
    const files = objects.map(({ key }) => `${mirror}/${key}`);
    const note = await describeIndexes(mirror, objects);
    const ours = (output: string) => ({
      output,
      ...context.flatbed([
        ...["extract", "stocks_trades", TRADED_TICKER, ...rangeOf(objects)],
        ...["--out", mirror, "--offline", "--output", output],
      ]),
    });
    const theirs = (program: string) => {
      const output = `${mirror}/${program.slice(0, 4)}.csv`;
      return {
        output,
        ...grep(context, program, output, TRADED_TICKER, files),
      };
    };
    const peers = ["DuckDB", "Polars"];
    return {
      programs: comparing([
        { name: "flatbed extract", ...ours(`${mirror}/indexed.csv`) },
        { name: "zcat | grep", needs: ["gunzip"], ...theirs("zcat") },
        { name: "igzip | grep", needs: ["igzip"], ...theirs("igzip -dc") },
        ...dataTools(context, mirror, [TRADED_TICKER], files),
        {
          name: "flatbed extract, no index",
          ...ours(`${mirror}/through.csv`),
          before: () => remove(`${mirror}/.flatbed/indexes`),
          after: () => remove(mirror),
        },
      ], "size"),
      targets: [
        { kind: "wall", ours: "flatbed extract", atMost: 0.25 },
        { kind: "peak", ours: "flatbed extract", atMost: MOST },
        {
          kind: "speed",
          ours: "flatbed extract",
          against: ["zcat | grep"],
          atLeast: 20,
        },
        { kind: "speed", ours: "flatbed extract", against: peers, atLeast: 1 },
        { kind: "peak", ours: "flatbed extract, no index", atMost: MOST },
        {
          kind: "speed",
          ours: "flatbed extract, no index",
          against: ["zcat | grep"],
          atLeast: 3,
        },
        {
          kind: "speed",
          ours: "flatbed extract, no index",
          against: ["igzip | grep", ...peers],
          atLeast: 1,
        },
      ],
      notes: [note],
    };
  },
};
