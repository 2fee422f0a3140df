import type { BenchCase } from "../bench_case.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import {
  comparing,
  dataTools,
  describeIndexes,
  grep,
  makeMirror,
  rangeOf,
  tickersOf,
} from "./_rows.ts";

/** The most memory that a process may take, in MB. */
const MOST = 200;

/** The rows of one ticker out of many days of minutes. */
export const extractDays: BenchCase = {
  name: "extract-days",
  title: ({ sizes }) =>
    `one ticker of ${sizes.dayCount} days of minutes with ${
      formatSize(sizes.dayContent)
    } of content each (four files that differ, and links to them); the others read ${sizes.fewDays} days`,
  data: ["days"],
  room: 0.3e9,
  async prepare(context) {
    const objects = context.objects("days");
    const few = objects.slice(0, context.sizes.fewDays);
    const mirror = await makeMirror(
      context,
      "extract-days",
      "stocks_minute",
      objects,
    );
    const [ticker = ""] = await tickersOf(
      context.objectPath(few[0]?.key ?? ""),
      1,
    );
    const ours = (output: string, days: typeof objects) => ({
      output,
      ...context.flatbed([
        ...["extract", "stocks_minute", ticker, ...rangeOf(days)],
        ...["--out", mirror, "--offline", "--output", output],
      ]),
    });
    const files = few.map(({ key }) => `${mirror}/${key}`);
    const grepped = `${mirror}/grep.csv`;
    const peers = ["DuckDB", "Polars"].map((name) =>
      `${name}, ${few.length} days`
    );
    return {
      programs: [
        { name: "flatbed extract", ...ours(`${mirror}/all.csv`, objects) },
        ...comparing([
          {
            name: `flatbed extract, ${few.length} days`,
            ...ours(`${mirror}/few.csv`, few),
          },
          ...dataTools(context, mirror, [ticker], files)
            .map((program, index) => ({
              ...program,
              name: peers[index] ?? "",
            })),
          {
            name: `zcat | grep, ${few.length} days`,
            needs: ["gunzip"],
            output: grepped,
            ...grep(context, "zcat", grepped, ticker, files),
            after: () => remove(mirror),
          },
        ], "volume"),
      ],
      targets: [
        { kind: "wall", ours: "flatbed extract", atMost: 1.5 },
        { kind: "peak", ours: "flatbed extract", atMost: MOST },
        { kind: "speed", ours: "flatbed extract", against: peers, atLeast: 1 },
      ],
      notes: [await describeIndexes(mirror, objects)],
    };
  },
};
