import { formatBytes, formatCount } from "../../../base/mod.ts";
import type { ProblemCode, VerifyProblem } from "../../../mirror/mod.ts";
import type { Finding, RepairPlan } from "./job_types.ts";

/** So many files of each kind are named. */
const MOST_PATHS = 20;

/** What a repair does to files with each problem; it leaves those alone that are not named. */
const REPAIRS: Readonly<
  Partial<Record<ProblemCode, { verb: string; fetches: boolean }>>
> = {
  "lost": { verb: "lost, fetched again", fetches: true },
  "damaged": { verb: "damaged, fetched again", fetches: true },
  "unreadable": { verb: "unreadable, fetched again", fetches: true },
  "outdated": {
    verb: "outdated, fetched in the newest version",
    fetches: true,
  },
  "mtime-changed": {
    verb:
      "with another modification time, read, and fetched again where the content is not what was fetched",
    fetches: true,
  },
  "damaged-at-source": {
    verb: "damaged at source, fetched again if upstream has replaced them",
    fetches: true,
  },
  "wrong-index": {
    verb: "with a wrong index, which is made again",
    fetches: false,
  },
};

/** Groups problems that are alike. */
export function findingsOf(problems: readonly VerifyProblem[]): Finding[] {
  const alike = Map.groupBy(
    problems,
    ({ code, reason }) => `${code} ${reason}`,
  );
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { code, reason } = first;
    return [{
      code,
      reason,
      count: group.length,
      paths: group.slice(0, MOST_PATHS).map(({ path }) => path),
      repairable: REPAIRS[code] === undefined ? 0 : group.length,
    }];
  });
}

/** What a repair would do, in words. */
export function describeRepair(
  problems: readonly VerifyProblem[],
  sizeOf: (key: string) => number,
): Omit<RepairPlan, "request"> {
  const byCode = Map.groupBy(problems, ({ code }) => code);
  const lines: string[] = [];
  let files = 0;
  for (const [code, group] of byCode) {
    const repair = REPAIRS[code];
    const count = formatCount(group.length, "file");
    if (repair === undefined) {
      lines.push(`${count} left as they are: ${code}`);
      continue;
    }
    files += group.length;
    const bytes = group.reduce((sum, { key }) => sum + sizeOf(key), 0);
    const size = repair.fetches ? `: up to ${formatBytes(bytes)}` : "";
    lines.push(`${count} ${repair.verb}${size}`);
  }
  return { files, lines };
}
