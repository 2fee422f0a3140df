import { didYouMean, nearest, quote } from "../base/mod.ts";
import {
  type Dataset,
  DATASETS,
  readPrefix,
  suggestDataTypes,
  toKey,
  toLayout,
} from "../catalog/mod.ts";
import { matchDataTypes, messageOf, noDataType } from "./arguments.ts";
import { UsageError } from "./usage.ts";

/** The service that the options name. */
export interface AskedService {
  bucket: string;
  endpointUrl?: string;
}

/** The key or prefix, in the live layout, in a text that may be a pasted URL. */
export function readKeyOrPrefix(
  name: string,
  { bucket, endpointUrl }: AskedService,
): string {
  try {
    return toLayout(toKey(name, bucket, endpointUrl), "live");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(messageOf(error));
  }
}

/** The folders of keys: root, dataset, year, month, but not the last part of a key. */
const FOLDER = /^[^/]+(\/[^/]+(\/\d{4}(\/\d{2})?)?)?\/?$/;

/** Adds the slash to a prefix that names a folder; others are returned unchanged. */
export function asFolder(prefix: string): string {
  if (!FOLDER.test(prefix)) return prefix;
  const folder = prefix.replace(/\/?$/, "/");
  const isKnown = DATASETS.some(({ prefix }) =>
    `${prefix}/`.startsWith(folder) || folder.startsWith(`${prefix}/`)
  );
  return isKnown ? folder : prefix;
}

/** The error for a name that is neither a data type nor a prefix, with suggestions. */
export function noPrefix(name: string): UsageError {
  const roots = nearest(
    name,
    new Set(DATASETS.map(({ prefix }) => root(prefix))),
  );
  if (suggestDataTypes(name).length > 0 || roots.length === 0) {
    return noDataType(name);
  }
  return new UsageError(
    `There is no data type or prefix '${name.slice(0, 60)}'${
      didYouMean(roots.map((each) => `${each}/`))
    }`,
  );
}

function root(prefix: string): string {
  return prefix.replace(/\/.*$/s, "");
}

/** The datasets that a data type, a pattern or a dataset's prefix names. */
export function matchDatasets(name: string, service: AskedService): Dataset[] {
  const datasets = matchDataTypes(name);
  if (datasets.length > 0 || !name.includes("/")) return datasets;
  const prefix = readKeyOrPrefix(name, service).replace(/\/$/, "");
  return DATASETS.filter((dataset) => dataset.prefix === prefix);
}

/** The most data types that are named as examples. */
const EXAMPLES = 4;

/** The error for a folder where keys are expected, with what to write instead. */
export function notAKey(folder: string): UsageError {
  const { dataset, year, month, problem } = readPrefix(folder);
  const shown = `'${folder.slice(0, 120)}'`;
  if (problem !== undefined) {
    return new UsageError(`There are no keys under ${shown}: ${problem}`);
  }
  const say = (instead: string) =>
    new UsageError(
      `${
        folder === "" ? "That is the bucket" : `${shown} is a folder`
      }, and get takes keys or data types: ${instead}`,
    );
  if (dataset === undefined) {
    const ids = DATASETS.filter(({ prefix }) => prefix.startsWith(folder))
      .slice(0, EXAMPLES).map(({ id }) => id);
    return say(`name a data type, as ${ids.join(", ")}, with --date or --from`);
  }
  const { id, firstDate } = dataset;
  if (year === undefined) {
    return say(
      `'flatbed get ${id} --from ${firstDate}' fetches all of it, and 'flatbed sync ${id}' keeps it complete`,
    );
  }
  const last = new Date(Date.UTC(Number(year), Number(month ?? 12), 0))
    .toISOString().slice(0, 10);
  return say(
    `'flatbed get ${id} --from ${year}-${month ?? "01"}-01 --to ${last}'`,
  );
}

/** The folder of a mirror's own files. */
const STATE_FOLDER = /^\.flatbed\.*$/i;

/**
 * Asserts that a key is a safe path inside a folder, and not one of the mirror's own
 * files.
 *
 * @throws {UsageError} If it is not.
 */
export function assertSafeKey(key: string): void {
  const parts = key.split("/");
  const problem = parts.some((part) => STATE_FOLDER.test(part.trim()))
    ? "a mirror keeps its own files in .flatbed/"
    : parts.some((part) => part === "" || part === "." || part === "..")
    ? "a part of it is empty, '.' or '..'"
    : /[\p{Cc}\\]/u.test(key)
    ? "it has a backslash or a control character"
    : /^[a-z]:/i.test(key)
    ? "it begins like a drive"
    : /\.part(\.\w+)?$/.test(key)
    ? "files with that ending are downloads under way"
    : undefined;
  if (problem === undefined) return;
  throw new UsageError(
    `The key ${
      quote(key)
    } cannot be a file's path in a folder: ${problem}; --output names a file for it`,
  );
}

/**
 * Asserts that a path is not one of a mirror's own files.
 *
 * @throws {UsageError} If it is.
 */
export function assertSafeOutput(path: string): void {
  if (!path.split(/[/\\]/).some((part) => STATE_FOLDER.test(part))) return;
  throw new UsageError(
    `--output ${
      quote(path)
    } lies in .flatbed/, where a mirror keeps its own files`,
  );
}
