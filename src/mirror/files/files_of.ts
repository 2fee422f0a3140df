import {
  assertBoolean,
  assertDateRange,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import { getDataset } from "../../catalog/mod.ts";
import { reasonOf } from "../extract/reason_of.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import { dueDates } from "../plan/due_dates.ts";
import type {
  DayFile,
  DayFiles,
  FilesOptions,
  LackingFile,
} from "./day_files.ts";
import { daySources } from "./day_sources.ts";

const NAMES: OptionNames<FilesOptions> = {
  dataType: true,
  from: true,
  to: true,
  parquet: true,
  signal: true,
};

/** Checks what a caller of {@linkcode Mirror.files} gave. */
export function checkFilesOptions(options: FilesOptions): void {
  assertOptions(options, NAMES);
  const { dataType, from, to, parquet = false, signal } = options;
  getDataset(dataType);
  assertDateRange(from, to);
  assertBoolean(parquet, "parquet");
  assertSignal(signal);
}

/** The files of a dataset's days, and the days that lack one. */
export async function filesOf(
  context: MirrorContext,
  { dataType, from, to, parquet = false, signal }: FilesOptions,
): Promise<DayFiles> {
  const { id } = getDataset(dataType);
  const sources = await daySources(context, { dataType: id, from, to, signal });
  const known = new Map(sources.map((source) => [source.date, source]));
  const due = dueDates(context, id, from, to, { optional: false });
  const files: DayFile[] = [];
  const lacking: LackingFile[] = [];
  for (const date of [...new Set([...known.keys(), ...due])].toSorted()) {
    const { key } = mirrorFile(id, date, "stored");
    const day = { dataType: id, date, key };
    const { copies = [], file, parquet: made } = known.get(date) ?? {};
    const path = parquet
      ? made && `${made.target.location}/${made.entry.path}`
      : file && `${context.destination.location}/${file.path}`;
    if (path !== undefined) files.push({ ...day, path });
    else {
      const reason = file === undefined ? reasonOf(copies) : "no-parquet";
      lacking.push({ ...day, reason });
    }
  }
  return { files, lacking };
}
