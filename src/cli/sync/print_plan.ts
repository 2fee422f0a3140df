import { formatBytes } from "../../base/mod.ts";
import { describePlan, type Plan, tallyPlan } from "../../mirror/mod.ts";
import { formatTable } from "../format.ts";
import { print, style } from "../terminal.ts";

/** Prints what a plan would do, as a table. */
export function printPlan(
  plan: Plan,
  limitRate: number | undefined,
): void {
  const rows = tallyPlan(plan).map(
    ({ dataType, from, to, fetch, bytes, present, other }) => [
      ...[dataType, from, to, String(fetch), formatBytes(bytes)],
      ...[String(present), String(other)],
    ],
  );
  const head = [
    "data type",
    "from",
    "to",
    "to fetch",
    "bytes",
    "present",
    "other",
  ];
  const [first = "", ...lines] = formatTable([head, ...rows], [3, 4, 5, 6]);
  print(style("bold", first));
  lines.forEach((line) => print(line));
  print();
  for (const { text } of describePlan(plan, { limitRate })) print(text);
}
