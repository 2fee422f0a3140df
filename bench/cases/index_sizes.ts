import type { BenchCase, Program } from "../bench_case.ts";
import type { DataName } from "../data.ts";
import { remove } from "../folders.ts";
import { describeIndexes, makeMirror, rangeOf } from "./_rows.ts";

const KINDS: readonly (readonly [name: string, DataName, dataType: string])[] =
  [
    ["minutes", "days", "stocks_minute"],
    ["trades", "trades", "stocks_trades"],
    ["quotes in 4 sorted runs", "quotes", "stocks_quotes"],
  ];

/** How large indexes are. */
export const indexSizes: BenchCase = {
  name: "index-sizes",
  title: () => "indexes of one day each, made of files that are there",
  data: ["days", "trades", "quotes"],
  room: 0.6e9,
  async prepare(context) {
    const programs: Program[] = [];
    const notes: string[] = [];
    for (const [name, data, dataType] of KINDS) {
      const objects = context.objects(data).slice(0, 1);
      const mirror = await makeMirror(
        context,
        `index-${data}`,
        dataType,
        objects,
      );
      notes.push(`${name}: ${await describeIndexes(mirror, objects)}`);
      programs.push({
        name: `flatbed index, ${name}`,
        ...context.flatbed([
          ...["index", dataType, ...rangeOf(objects), "--out", mirror],
        ]),
        before: () => remove(`${mirror}/.flatbed/indexes`),
        after: () => remove(mirror),
      });
    }
    return { programs, targets: [], notes };
  },
};
