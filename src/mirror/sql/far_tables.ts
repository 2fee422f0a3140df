import { join } from "node:path";
import { NoSpaceError } from "../../base/mod.ts";
import {
  type DuckDB,
  DuckDBError,
  type Query,
  type SqlTable,
  wantedFiles,
  writeStub,
} from "../../rows/mod.ts";
import type { ParquetEntry } from "../manifest/parquet_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { CopyCache } from "./copy_cache.ts";
import type { FoundDays } from "./find_table.ts";
import type { SqlEvent } from "./sql_options.ts";

/** What {@linkcode farTables} needs besides the query. */
export interface FarOptions {
  readonly duckdb: DuckDB;
  /** A folder that DuckDB may read, and that is removed in the end. */
  readonly folder: string;
  /** Where the Parquet files are kept. */
  readonly cache: CopyCache;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SqlEvent) => void;
}

/** The days of a table, as stubs that stand for what is in the bucket. */
interface FarTable {
  readonly table: SqlTable;
  /** The Parquet file of each stub. */
  readonly entries: ReadonlyMap<string, ParquetEntry>;
}

/** A date that no file has: a stub of it stands beside each group, which is never alone. */
const NO_DATE = "0001-01-01";

/**
 * The tables of a query over a mirror in a bucket. DuckDB plans the query over stubs, which
 * have the columns and no rows; the Parquet files of the days that the plan opens are
 * brought to this machine, and the other stubs stay.
 */
export async function farTables(
  context: MirrorContext,
  query: Query,
  found: readonly FoundDays[],
  options: FarOptions,
): Promise<SqlTable[]> {
  const { cache, duckdb, signal, onEvent } = options;
  const all: FarTable[] = [];
  for (const days of found) {
    if (days.parquet.length === 0) {
      throw new DuckDBError(
        `Cannot query ${days.dataType}: a query over ${context.destination.location} reads Parquet files, and there is none of it: 'flatbed parquet ${days.dataType}' makes them`,
      );
    }
    all.push(await makeStubs(duckdb, days, options.folder));
  }
  const named = all.filter(({ table }) => query.tables.has(table.dataType));
  const stubs = all.map(({ table }) => table);
  // Whoever only wants to see the plan needs no rows for it.
  const isRun = !/^explain$/i.test(query.explain ?? "");
  const wanted = named.length > 0 && isRun
    ? await wantedFiles(duckdb, query, stubs)
    : undefined;
  if (wanted === undefined) return stubs;
  const copies = new Map(
    named.flatMap(({ entries }) => [...entries])
      .filter(([stub]) => wanted.has(stub)),
  );
  try {
    await cache.bring(context.destination, [...copies.values()], {
      signal,
      onFetch: (fetched) => onEvent({ code: "fetching-days", ...fetched }),
    });
  } catch (error) {
    if (!(error instanceof NoSpaceError)) throw error;
    throw new NoSpaceError(
      `${error.message}: ask for fewer days with a condition on date, or allow more with --cache-size`,
      { cause: error },
    );
  }
  const near = (stub: string) => {
    const entry = copies.get(stub);
    return entry === undefined ? stub : cache.pathOf(entry);
  };
  return stubs.map((table) => ({
    ...table,
    parquet: table.parquet.map((group) => {
      // DuckDB takes the columns from the first.
      const files = group.map(near).filter((file, at) => file !== group[at]);
      return files.length > 0 ? files : group;
    }),
  }));
}

async function makeStubs(
  duckdb: DuckDB,
  { dataType, parquet }: FoundDays,
  folder: string,
): Promise<FarTable> {
  const entries = new Map<string, ParquetEntry>();
  const groups: string[][] = [];
  const byColumns = Map.groupBy(
    parquet,
    ({ entry: { asText, extraColumns } }) =>
      JSON.stringify([asText, extraColumns]),
  );
  for (const days of byColumns.values()) {
    const [first] = days;
    if (first === undefined) continue;
    const own = join(folder, "stubs", dataType, `${groups.length}`);
    await Deno.mkdir(own, { recursive: true });
    const empty = join(own, `${NO_DATE}.parquet`);
    await writeStub(duckdb, first.entry, empty);
    const group = [empty];
    for (const { entry } of days) {
      const stub = join(own, `${entry.date}.parquet`);
      await Deno.copyFile(empty, stub);
      entries.set(stub, entry);
      group.push(stub);
    }
    groups.push(group);
  }
  return { table: { dataType, parquet: groups, csv: [] }, entries };
}
