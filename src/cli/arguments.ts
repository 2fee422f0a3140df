import { InvalidArgumentError } from "commander";
import { didYouMean } from "../base/mod.ts";
import { type Dataset, DATASETS, suggestDataTypes } from "../catalog/mod.ts";
import { NoDataTypeError, UsageError } from "./usage.ts";

/** Makes a parser for integers ≥ `least`. */
export function parseInteger(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (
      !/^\d+$/.test(value) || number < least || !Number.isSafeInteger(number)
    ) {
      throw new InvalidArgumentError(`Expected an integer ≥ ${least}.`);
    }
    return number;
  };
}

/** Parses a number > 0. */
export function parsePositive(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number > 0 && number < Infinity)) {
    throw new InvalidArgumentError("Expected a number > 0.");
  }
  return number;
}

/** Reads a rate in bytes per second, with a decimal suffix k, M or G or none. */
export function parseRate(value: string): number {
  const rate = bytesOf(value.replace(/\/s$/, ""));
  if (rate < 1) {
    throw new InvalidArgumentError(
      "Expected bytes per second, such as 500k, 20M or 1G.",
    );
  }
  return rate;
}

/** Reads a number of bytes, with a decimal suffix k, M or G or none. */
export function parseBytes(value: string): number {
  const bytes = bytesOf(value);
  if (bytes < 1) {
    throw new InvalidArgumentError("Expected bytes, such as 500M or 2G.");
  }
  return bytes;
}

/** The number of bytes that a text means; 0 if it means none. */
function bytesOf(text: string): number {
  const [, number = "", unit = ""] =
    /^(\d+(?:\.\d+)?)([kmg]?)B?$/i.exec(text) ?? [];
  const factor = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 0;
  return Math.round(Number(number) * factor);
}

/** The datasets that match names; `*` in a name matches any text, as in `stocks_*`. */
export function readDataTypes(names: readonly string[]): Dataset[] {
  const found = new Set<Dataset>();
  for (const name of names) {
    const matching = matchDataTypes(name);
    if (matching.length === 0) throw noDataType(name, names);
    for (const dataset of matching) found.add(dataset);
  }
  return [...found];
}

/** The dataset that a name stands for. */
export function readDataType(name: string): Dataset {
  const [dataset, ...others] = readDataTypes([name]);
  if (dataset === undefined || others.length > 0) {
    throw new UsageError(
      `Expected one data type: '${name}' stands for ${1 + others.length}`,
    );
  }
  return dataset;
}

/** The datasets that match a name. */
export function matchDataTypes(name: string): Dataset[] {
  const [first = "", ...rest] = name.split("*");
  const last = rest.pop();
  if (last === undefined) return DATASETS.filter(({ id }) => id === name);
  // The first match of each part is enough; a regular expression could backtrack.
  return DATASETS.filter(({ id }) => {
    if (!id.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = id.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return id.length - last.length >= at && id.endsWith(last);
  });
}

/** Makes the error for a name that matches no data type, with suggestions. */
export function noDataType(
  name: string,
  all: readonly string[] = [name],
): NoDataTypeError {
  const hint = didYouMean(suggestDataTypes(name)) ||
    "; 'flatbed datasets' lists them";
  const message = `There is no data type '${name.slice(0, 60)}'${hint}`;
  return new NoDataTypeError(message, name, all);
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
