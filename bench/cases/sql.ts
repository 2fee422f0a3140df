import type { BenchCase } from "../bench_case.ts";
import { smallDates } from "../data.ts";
import { remove } from "../folders.ts";

/** At most so many days are asked for. */
const DAYS = 250;

/** One ticker of many days, out of Parquet, by `flatbed sql` and by DuckDB alone. */
export const sql: BenchCase = {
  name: "sql",
  title: ({ sizes }) =>
    `one ticker of ${Math.min(DAYS, sizes.smallCount)} days from Parquet, of ${
      smallDates(sizes).length
    } days in the mirror`,
  data: ["small"],
  room: 2 * 2000 * 300e3,
  async prepare(context) {
    const dates = smallDates(context.sizes);
    const wanted = dates.slice(-DAYS);
    const mirror = context.download("sql");
    const where = ["--out", mirror];
    const range = ["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""];
    const type = "stocks_daily";
    await context.run(context.flatbed(["sync", type, ...range, ...where]));
    await context.run(context.flatbed(["parquet", type, ...where]));
    const list = `${context.scratch}/files.json`;
    const last = new Set(wanted);
    const paths = context.objects("small").map(({ key }) =>
      `${mirror}/parquet/${key.replace(/\.csv\.gz$/, ".parquet")}`
    ).filter((path) => last.has(/([\d-]+)\.parquet$/.exec(path)?.[1] ?? ""));
    await Deno.writeTextFile(list, JSON.stringify(paths));
    const what =
      "SELECT ticker, count(*), sum(volume), max(close) FROM stocks_daily";
    // A ticker in the middle of the alphabet, whichever there is.
    const filter =
      "WHERE ticker >= 'MM' AND ticker < 'MN' GROUP BY ticker ORDER BY ticker";
    return {
      programs: [
        {
          name: "flatbed sql",
          ...context.flatbed([
            ...["sql", ...where],
            `${what} ${
              filter.replace("WHERE", `WHERE date >= '${wanted[0]}' AND`)
            }`,
          ]),
        },
        {
          name: "duckdb",
          ...context.program("sql_duckdb.ts", [list, `${what} ${filter}`]),
          after: () => remove(mirror),
        },
      ],
      targets: [
        { kind: "above", ours: "flatbed sql", against: "duckdb", atMost: 0.3 },
      ],
    };
  },
};
