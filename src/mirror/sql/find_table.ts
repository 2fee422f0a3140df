import { forEach } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import { type CsvFile, readHeaderOf, type SqlTable } from "../../rows/mod.ts";
import { reasonOf } from "../extract/reason_of.ts";
import type { LackingFile } from "../files/day_files.ts";
import { daySources, type FoundParquet } from "../files/day_sources.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import type { SqlTableEvent } from "./sql_options.ts";

/** So many header rows are read at once. */
const AT_ONCE = 16;

/** The table of a data type, and what there is to tell of it. */
export interface FoundTable {
  readonly table: SqlTable;
  readonly event: SqlTableEvent;
}

/** The Parquet files of a data type in a bucket, one a day. */
export interface FoundDays {
  readonly dataType: DataType;
  readonly parquet: readonly FoundParquet[];
  readonly event: SqlTableEvent;
}

/** Finds the Parquet files of a data type in a bucket; `undefined` if the mirror has no file of it. */
export async function findDays(
  context: MirrorContext,
  dataType: DataType,
  signal: AbortSignal,
): Promise<FoundDays | undefined> {
  const days = await daySources(context, { dataType, signal }, {
    parquetIsEnough: true,
  });
  if (days.length === 0) return undefined;
  const parquet = days.flatMap(({ parquet }) => parquet ?? []);
  const lacking = days.filter(({ parquet }) => parquet === undefined)
    .map(({ date, copies, file }): LackingFile => ({
      ...{ dataType, date, key: mirrorFile(dataType, date, "stored").key },
      reason: file === undefined ? reasonOf(copies) : "no-parquet",
    }));
  return {
    dataType,
    parquet,
    event: tableEvent(dataType, parquet, { csv: 0, lacking }),
  };
}

function tableEvent(
  dataType: DataType,
  parquet: readonly FoundParquet[],
  others: Pick<SqlTableEvent, "csv" | "lacking">,
): SqlTableEvent {
  const misfits = parquet.map(({ entry }) => entry)
    .filter(({ asText }) => asText.length > 0)
    .map(({ date, asText }) => ({ date, columns: asText }));
  return {
    ...{ code: "table", dataType, parquet: parquet.length },
    ...others,
    misfits,
  };
}

/** Finds the files of a data type in a folder, one a day; `undefined` if there are none. */
export async function findTable(
  context: MirrorContext,
  dataType: DataType,
  signal: AbortSignal,
): Promise<FoundTable | undefined> {
  const days = await daySources(context, { dataType, signal }, {
    parquetIsEnough: true,
  });
  const parquet: FoundParquet[] = [];
  const files: Omit<CsvFile, "names">[] = [];
  const lacking: LackingFile[] = [];
  for (const { date, copies, file, parquet: made } of days) {
    if (made !== undefined) parquet.push(made);
    else if (file !== undefined) {
      const path = await Deno.realPath(
        `${context.destination.location}/${file.path}`,
      );
      files.push({ dataType, date, path, isGzip: file.encoding === "stored" });
    } else {
      const { key } = mirrorFile(dataType, date, "stored");
      lacking.push({ dataType, date, key, reason: reasonOf(copies) });
    }
  }
  if (parquet.length + files.length === 0) return undefined;
  const csv: CsvFile[] = [];
  await forEach(files.entries(), AT_ONCE, async ([at, file]) => {
    csv[at] = { ...file, names: await readHeaderOf(file.path) };
  }, signal);
  const byColumns = Map.groupBy(
    parquet,
    ({ entry: { asText, extraColumns } }) =>
      JSON.stringify([asText, extraColumns]),
  );
  return {
    table: {
      dataType,
      parquet: Array.from(
        byColumns.values(),
        (files) =>
          files.map(({ target, entry }) => `${target.location}/${entry.path}`),
      ),
      csv,
    },
    event: tableEvent(dataType, parquet, { csv: csv.length, lacking }),
  };
}
