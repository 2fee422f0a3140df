import { DAY_LOOKS, type DayLookName } from "../../../src/web/day_looks.ts";
import { hrefOf, type Route } from "../../router.ts";
import {
  countDays,
  type DatasetDays,
  GAPS,
  type YearSums,
} from "./dataset_days.ts";

/** What is shown. */
export interface Filters {
  /** A part of the datasets' names. */
  name: string;
  /** The first part of their names; empty for all. */
  group: string;
  /** Whether only those with gaps are shown, and only such years. */
  gaps: boolean;
  /** How the days that are looked for look; none for all. */
  looks: readonly DayLookName[];
  /** The first year; 0 for all. */
  from: number;
  /** The last year; 0 for all. */
  to: number;
}

/** What an address says of the filters. */
export function readFilters({ query }: Route): Filters {
  const year = (name: string) => Number(query.get(name)) || 0;
  return {
    name: query.get("name") ?? "",
    group: query.get("group") ?? "",
    gaps: query.get("gaps") === "yes",
    looks: (query.get("days") ?? "").split(",").filter((name) =>
      Object.hasOwn(DAY_LOOKS, name)
    ) as DayLookName[],
    from: year("from"),
    to: year("to"),
  };
}

/** The address of the view with some filters. */
export function filtersHref(filters: Filters): string {
  const { name, group, gaps, looks, from, to } = filters;
  return hrefOf("coverage", [], {
    ...{ name, group, days: looks.join(",") },
    gaps: gaps ? "yes" : "",
    from: from ? `${from}` : "",
    to: to ? `${to}` : "",
  });
}

/** A dataset that is shown, and its years that are. */
export interface ShownDataset {
  data: DatasetDays;
  years: readonly YearSums[];
}

/** What the filters leave. */
export function applyFilters(
  datasets: readonly DatasetDays[],
  { name, group, gaps, looks, from, to }: Filters,
): ShownDataset[] {
  const wanted = name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_");
  return datasets.flatMap((data) => {
    if (group !== "" && data.group !== group) return [];
    if (!data.id.includes(wanted)) return [];
    const years = data.years.filter((sums) =>
      sums.year >= from && sums.year <= (to || Infinity) &&
      (!gaps || countDays([sums], GAPS) > 0) &&
      (looks.length === 0 || countDays([sums], looks) > 0)
    );
    if (years.length === 0 && data.problem === undefined) return [];
    return [{ data, years }];
  });
}
