import {
  assertArray,
  assertBoolean,
  assertIsoDate,
  assertOneOf,
  assertOptions,
  assertString,
} from "../../../base/mod.ts";
import { addDays } from "../../../calendar/mod.ts";
import { getDataset, isLastLength, newYorkDate } from "../../../catalog/mod.ts";
import { type NamedDays, readDayWord } from "../../../mirror/mod.ts";
import type {
  AcceptRequest,
  DayChoice,
  JobKind,
  JobRequest,
} from "./job_types.ts";

/** Which fields each kind of job has. */
const FIELDS: Readonly<Record<JobKind, Readonly<Record<string, true>>>> = {
  sync: {
    ...{ kind: true, dataTypes: true, from: true, to: true, last: true },
    ...{ released: true, parquet: true },
  },
  verify: { kind: true, dataTypes: true, mode: true },
  repair: { kind: true, dataTypes: true, mode: true },
  accept: { kind: true, dataTypes: true, days: true },
  expect: { kind: true, dataTypes: true, days: true },
  index: { kind: true, dataTypes: true, from: true, to: true, last: true },
  parquet: { kind: true, dataTypes: true, from: true, to: true, last: true },
};

const KINDS = Object.keys(FIELDS) as JobKind[];
const MODES = ["quick", "full", "remote"] as const;

/**
 * Reads what a page wants to be done.
 *
 * @param value What it sent.
 * @param now The current time.
 * @returns The request.
 * @throws {TypeError} If something has the wrong type.
 * @throws {RangeError} If there is no such kind, dataset or date, or nothing was chosen.
 */
export function readJobRequest(value: unknown, now: Date): JobRequest {
  const fields = fieldsOf(value);
  const { kind } = fields;
  assertOneOf(kind, "kind", KINDS);
  assertOptions(fields, FIELDS[kind]);
  const dataTypes = readDataTypes(fields.dataTypes);
  const some = dataTypes.length === 0 ? {} : { dataTypes };
  switch (kind) {
    case "sync":
      assertChosen(dataTypes);
      return {
        kind,
        dataTypes,
        ...readDays(fields, now),
        ...readFlag(fields.released, "released"),
        ...readFlag(fields.parquet, "parquet"),
      };
    case "verify":
    case "repair": {
      const { mode = "quick" } = fields;
      assertOneOf(mode, "mode", MODES);
      return { kind, ...some, mode };
    }
    case "accept":
    case "expect": {
      assertChosen(dataTypes);
      const { days } = fields;
      assertArray(days, "days");
      const words = days.map((word) => {
        assertString(word, "days");
        return word;
      });
      const request: AcceptRequest = { kind, dataTypes, days: words };
      namedDays(request);
      return request;
    }
    case "index":
    case "parquet":
      return { kind, ...some, ...readDays(fields, now) };
  }
}

/**
 * The days that a request names.
 *
 * @throws {RangeError} If it names none, or one that there is not.
 */
export function namedDays({ days }: AcceptRequest): NamedDays {
  const named: NamedDays = { dates: [], ranges: [] };
  for (const word of days) {
    if (!readDayWord(word, named)) {
      throw new RangeError(
        `Write days as 2024-01-02, or 2024-01-02..2024-01-31, not '${
          word.slice(0, 100)
        }'`,
      );
    }
  }
  if (days.length === 0) {
    throw new RangeError(
      "Which days? Name some, such as 2024-01-02 or 2024-01-02..2024-01-31",
    );
  }
  return named;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("Expected an object that says what to do");
  }
  return { ...value };
}

function readDataTypes(value: unknown): string[] {
  if (value === undefined) return [];
  assertArray(value, "dataTypes");
  const ids = value.map((id) => {
    assertString(id, "dataTypes");
    return getDataset(id).id;
  });
  return [...new Set(ids)];
}

function assertChosen(dataTypes: readonly string[]): void {
  if (dataTypes.length === 0) throw new RangeError("Choose a dataset at least");
}

function readDays(
  { from, to, last }: Readonly<Record<string, unknown>>,
  now: Date,
): DayChoice {
  if (from !== undefined && last !== undefined) {
    throw new RangeError("Choose either a first day or a length of time");
  }
  if (last !== undefined) {
    assertString(last, "last");
    if (!isLastLength(last)) {
      throw new RangeError(
        "Expected trading days, weeks, months or years, such as 5d, 2w, 3m or 1y",
      );
    }
  }
  if (from !== undefined) assertIsoDate(from, "from");
  if (to !== undefined) assertIsoDate(to, "to");
  // Other time zones may be a day ahead.
  if (from !== undefined && from > addDays(newYorkDate(now), 1)) {
    throw new RangeError(
      `${from} is in the future: today is ${newYorkDate(now)} in New York`,
    );
  }
  if (from !== undefined && to !== undefined && to < from) {
    throw new RangeError(`The first day, ${from}, is after the last, ${to}`);
  }
  return {
    ...from !== undefined && { from },
    ...to !== undefined && { to },
    ...last !== undefined && { last },
  };
}

function readFlag(
  value: unknown,
  name: "released" | "parquet",
): { released?: true; parquet?: true } {
  if (value === undefined) return {};
  assertBoolean(value, name);
  return value ? { [name]: true } : {};
}
