import type {
  DayChoice,
  JobRequest,
} from "../../../src/web/ui/jobs/job_types.ts";

/** Options of {@linkcode commandWords}. */
export interface CommandOptions {
  /** Where the mirror is. */
  readonly location: string;
  /** All datasets: a list of the ids that begin alike, or of all, is shortened by a pattern. */
  readonly datasets?: readonly string[];
  /** Whether a sync only shows what it would do. */
  readonly dryRun?: boolean;
}

/**
 * The command that does the same as a job, as its words: a shell's command line quotes them.
 *
 * @param request What is to be done.
 * @param options Where, and how datasets are shortened.
 * @returns The words, `flatbed` first.
 */
export function commandWords(
  request: JobRequest,
  { location, datasets = [], dryRun = false }: CommandOptions,
): string[] {
  const names = shorten(request.dataTypes ?? [], datasets);
  const out = ["--out", location];
  switch (request.kind) {
    case "sync":
      return [
        ...["flatbed", "sync", ...names, ...dateOptions(request)],
        ...request.released ? ["--released"] : [],
        ...request.parquet ? ["--parquet"] : [],
        ...dryRun ? ["--dry-run"] : [],
        ...out,
      ];
    case "verify":
    case "repair":
      return [
        ...["flatbed", "verify", ...names],
        ...request.mode === "quick" ? [] : [`--${request.mode}`],
        ...request.kind === "repair" ? ["--repair"] : [],
        ...out,
      ];
    case "accept":
    case "expect":
      return [
        ...["flatbed", "missing"],
        request.kind === "accept" ? "--accept" : "--forget",
        ...names,
        ...request.days,
        ...out,
      ];
    case "index":
    case "parquet":
      return [
        ...["flatbed", request.kind, ...names, ...dateOptions(request)],
        ...out,
      ];
  }
}

function dateOptions({ from, to, last }: DayChoice): string[] {
  return [
    ...last === undefined ? [] : ["--last", last],
    ...from === undefined ? [] : ["--from", from],
    ...to === undefined ? [] : ["--to", to],
  ];
}

/** Names of datasets, with a pattern where all are meant that begin alike. */
function shorten(
  names: readonly string[],
  datasets: readonly string[],
): string[] {
  const chosen = new Set(names);
  if (chosen.size > 1 && datasets.every((id) => chosen.has(id))) return ["*"];
  const family = (id: string) => id.slice(0, id.indexOf("_") + 1);
  const words = names.map((id) => {
    const alike = datasets.filter((other) => family(other) === family(id));
    const isWhole = family(id) !== "" && alike.length > 1 &&
      alike.every((other) => chosen.has(other));
    return isWhole ? `${family(id)}*` : id;
  });
  return [...new Set(words)];
}
