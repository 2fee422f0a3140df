import type { BenchCase, PreparedCase, Program } from "../bench_case.ts";
import type { BenchContext } from "../bench_context.ts";
import { smallDates } from "../data.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { makeMirror, rangeOf } from "./_rows.ts";

/** So many days both processors have enough to do with. */
const DAYS = 64;
const PEERS = ["DuckDB", "Polars"];

/** A day of minutes to Parquet. */
export const parquetDay: BenchCase = {
  name: "parquet-day",
  title: ({ sizes }) =>
    `a day of minutes with ${
      formatSize(sizes.dayContent)
    } of content to Parquet`,
  data: ["days"],
  room: 0.3e9,
  async prepare(context) {
    return {
      ...await converting(context, "parquet-day", 1),
      targets: [
        { kind: "cpu", ours: OURS, against: ["DuckDB"], atMost: 1.25 },
        { kind: "speed", ours: OURS, against: PEERS, atLeast: 0.8 },
      ],
    };
  },
};

/** Many days of minutes to Parquet. */
export const parquetDays: BenchCase = {
  name: "parquet-days",
  title: ({ sizes }) =>
    `${Math.min(DAYS, sizes.dayCount)} days of minutes with ${
      formatSize(sizes.dayContent)
    } of content each to Parquet`,
  data: ["days"],
  room: 4e9,
  rounds: () => 1,
  async prepare(context) {
    return {
      ...await converting(context, "parquet-days", DAYS),
      targets: [
        { kind: "speed", ours: OURS, against: PEERS, atLeast: 1 / 1.1 },
      ],
      needsNoWarmUp: true,
    };
  },
};

const OURS = "flatbed parquet";

/** The conversion of some days by Flatbed, DuckDB and Polars. */
async function converting(
  context: BenchContext,
  name: string,
  count: number,
): Promise<Pick<PreparedCase, "programs" | "notes">> {
  const objects = context.objects("days").slice(0, count);
  const mirror = await makeMirror(context, name, "stocks_minute", objects);
  const files = objects.map(({ key }) => `${mirror}/${key}`);
  const csv = objects.reduce((sum, { size }) => sum + size, 0);
  const notes: string[] = [];
  const folderOf = (program: string) => `${mirror}/of ${program}`;
  const common = (program: string): Pick<Program, "before" | "verify"> => ({
    async before() {
      await remove(folderOf(program));
      await Deno.mkdir(folderOf(program));
    },
    async verify() {
      const { count, bytes } = await sizeOf(folderOf(program));
      if (count !== files.length) {
        throw new Error(
          `${program} has made ${count} of ${files.length} files`,
        );
      }
      notes.push(
        `${program}: ${formatSize(bytes)} of ${formatSize(csv)} of .csv.gz`,
      );
    },
  });
  return {
    notes,
    programs: [
      {
        name: OURS,
        ...common(OURS),
        ...context.flatbed([
          ...["parquet", "stocks_minute", ...rangeOf(objects)],
          ...["--out", mirror, "--parquet-out", folderOf(OURS)],
        ]),
      },
      ...PEERS.map((peer, at): Program => {
        const tool = peer.toLowerCase() as "duckdb" | "polars";
        return {
          name: peer,
          needs: [tool],
          ...common(peer),
          ...context.venv(`parquet_${tool}.py`, [folderOf(peer), ...files]),
          ...(at === PEERS.length - 1 && { after: () => remove(mirror) }),
        };
      }),
    ],
  };
}

/** How many files are below a folder, and how many bytes they have. */
async function sizeOf(
  folder: string,
): Promise<{ count: number; bytes: number }> {
  let [count, bytes] = [0, 0];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const below = isDirectory
      ? await sizeOf(path)
      : { count: 1, bytes: (await Deno.stat(path)).size };
    count += below.count;
    bytes += below.bytes;
  }
  return { count, bytes };
}

/** A sync that keeps Parquet files current, where there is nothing to do. */
export const parquetPresent: BenchCase = {
  name: "parquet-present",
  title: ({ sizes }) =>
    `sync --parquet of ${sizes.smallCount} days, all there already`,
  data: ["small"],
  room: 2 * 2000 * 300e3,
  async prepare(context) {
    const dates = smallDates(context.sizes);
    const mirror = context.download("parquet-present");
    const sync = [
      ...["sync", "stocks_daily", "--out", mirror],
      ...["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""],
    ];
    await context.run(context.flatbed([...sync, "--parquet"]));
    return {
      programs: [
        {
          name: "flatbed sync --parquet",
          ...context.flatbed([...sync, "--parquet"]),
        },
        {
          name: "flatbed sync",
          ...context.flatbed(sync),
          after: () => remove(mirror),
        },
      ],
      targets: [
        {
          kind: "cpu",
          ours: "flatbed sync --parquet",
          against: ["flatbed sync"],
          atMost: 1.1,
        },
      ],
    };
  },
};
