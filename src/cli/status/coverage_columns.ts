import { formatBytes } from "../../base/mod.ts";
import type { Coverage } from "../../mirror/mod.ts";
import { grouped } from "../format.ts";

/** A column of the table of what a mirror has. */
export interface CoverageColumn {
  /** Its head. */
  head: string;
  /** Whether it has numbers. */
  isNumber: boolean;
  /** What it has of a data type. */
  cell(each: Coverage): string;
}

/** The columns that this coverage needs: most mirrors have nothing damaged, accepted or released. */
export function coverageColumns(
  coverage: readonly Coverage[],
): CoverageColumn[] {
  const text = (head: string, cell: CoverageColumn["cell"]) => (
    { head, isNumber: false, cell }
  );
  const number = (head: string, cell: CoverageColumn["cell"]) => (
    { head, isNumber: true, cell }
  );
  const ifAny = (head: string, count: (each: Coverage) => number) =>
    coverage.some((each) => count(each) > 0)
      ? [number(head, (each) => grouped(count(each)))]
      : [];
  return [
    text("data type", ({ dataType }) => dataType),
    text("first", ({ first }) => first ?? "-"),
    text("last", ({ last }) => last ?? "-"),
    number("files", ({ files }) => grouped(files)),
    number("bytes", ({ bytes }) => formatBytes(bytes)),
    number("missing", ({ missing }) => grouped(missing.length)),
    ...ifAny("damaged at source", (each) => each.damagedAtSource.length),
    ...ifAny("accepted", ({ accepted }) => accepted.length),
    ...ifAny("released", ({ released }) => released),
  ];
}
