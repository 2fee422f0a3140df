import { S3Catalog } from "../../catalog/mod.ts";
import { noDataType } from "../arguments.ts";
import { type DateOptions, haveDates } from "../date_options.ts";
import { readDates, untilToday } from "../dates.ts";
import { isFolderName } from "../name_problem.ts";
import {
  asFolder,
  type AskedService,
  matchDatasets,
  notAKey,
  readKeyOrPrefix,
} from "../names.ts";
import { UsageError } from "../usage.ts";

/** The options that select keys, in addition to the arguments. */
export interface KeyOptions extends AskedService, DateOptions {
  /** Whether optional days are included. */
  optional?: boolean;
}

/** The keys that the arguments select, without duplicates. */
export function readKeys(
  names: readonly string[],
  options: KeyOptions,
): string[] {
  const catalog = new S3Catalog(undefined, { layout: "live" });
  const folder = names.find((name) =>
    isFolderName(name) && matchDatasets(name, options).length === 0
  );
  if (folder !== undefined) throw noDataType(folder, names);
  const keys = names.flatMap((name) => {
    const isPrefix = name.includes("/");
    const datasets = !isPrefix || haveDates(options)
      ? matchDatasets(name, options)
      : [];
    if (datasets.length === 0) {
      const key = readKeyOrPrefix(name, options);
      if (catalog.validateKey(key)) return [key];
      const folder = asFolder(key);
      if (folder === "" || folder.endsWith("/")) throw notAKey(folder);
      if (isPrefix) return [key];
      throw noDataType(name);
    }
    return datasets.flatMap((dataset) => {
      const dates = readDates(options, dataset);
      if (dates === undefined) {
        throw new UsageError(
          `Which days of ${name}? Say --date, --from or --last`,
        );
      }
      const { from, to } = untilToday(dates, options);
      const { optional } = options;
      return catalog.getDateRangeKeys(dataset.id, from, to, [], { optional });
    });
  });
  return [...new Set(keys)];
}
