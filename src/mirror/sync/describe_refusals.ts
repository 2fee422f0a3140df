import { formatCount } from "../../base/mod.ts";
import { describeDays, explainRefusal } from "../../catalog/mod.ts";
import type { RefusedFiles } from "./sync_summary.ts";

/** Describes refused files: one line for each possible cause. */
export function describeRefusals(
  refusals: readonly RefusedFiles[],
  now: Date,
): string[] {
  const byMeaning = new Map<string, { dataTypes: string[]; count: number }>();
  const add = (meaning: string, dataType: string, count: number) => {
    const { dataTypes, count: before } = byMeaning.get(meaning) ??
      { dataTypes: [], count: 0 };
    byMeaning.set(meaning, {
      dataTypes: [...dataTypes, dataType],
      count: before + count,
    });
  };
  const lines: string[] = [];
  for (const { dataType, older, newer, damaged, optional } of refusals) {
    if (older.length > 0) {
      add("they are older than those that can be read", dataType, older.length);
    }
    const newest = newer.at(-1);
    if (newest !== undefined) {
      add(explainRefusal(newest, now), dataType, newer.length);
    }
    const named = (dates: string[]) =>
      describeDays(dates.map((date) => ({ dataType, date })));
    if (damaged.length > 0) {
      lines.push(
        `Lost or damaged here, and refused: ${
          named(damaged)
        }: restore them from a copy, or give them up with 'flatbed release --force'`,
      );
    }
    if (optional.length > 0) {
      lines.push(
        `Refused, though listed, on days without an expected file: ${
          named(optional)
        }`,
      );
    }
  }
  return [
    ...[...byMeaning].map(([meaning, { dataTypes, count }]) =>
      `${formatCount(count, "file")} refused (${
        dataTypes.join(", ")
      }): ${meaning}; 'flatbed entitlements' finds the oldest readable date`
    ),
    ...lines,
  ];
}
