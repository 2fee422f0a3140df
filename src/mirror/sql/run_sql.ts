import { linkSignals } from "../../base/mod.ts";
import { DATASETS, type DataType } from "../../catalog/mod.ts";
import { withFile } from "../../files/mod.ts";
import {
  DuckDB,
  DuckDBError,
  openQuery,
  type Query,
  SqlResult,
  type SqlTable,
} from "../../rows/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { SqlEvent, SqlOptions } from "./sql_options.ts";
import { makeTemporaryFolder } from "../workplace/temporary_folder.ts";
import { CopyCache } from "./copy_cache.ts";
import { farTables } from "./far_tables.ts";
import {
  findDays,
  findTable,
  type FoundDays,
  type FoundTable,
} from "./find_table.ts";

/** Opens a query over a mirror; the result must be disposed of. */
export async function runSql(
  context: MirrorContext,
  text: string,
  options: SqlOptions,
  closing: AbortSignal,
): Promise<SqlResult> {
  const { allow = [], memory, onEvent = () => {} } = options;
  const link = linkSignals(options.signal, closing);
  const { signal } = link;
  await using stack = new AsyncDisposableStack();
  stack.use(link);
  const tables = new TableFinder(context, signal);
  const temporary = await makeTemporaryFolder(
    "flatbed-sql-",
    options.temporaryFolder,
  );
  stack.defer(() => temporary.remove());
  const { cacheSize = DEFAULT_CACHE_SIZE } = options;
  const isFar = context.destination.folder === undefined;
  const cache = isFar
    ? new CopyCache(
      await prepareCache(context.cacheFolder) ?? `${temporary.path}/copies`,
      cacheSize,
    )
    : undefined;
  const duckdb = stack.use(
    await DuckDB.start({
      folders: [
        ...cache === undefined ? await foldersOf(context) : [cache.folder],
        ...await Promise.all(allow.map(realFolder)),
        temporary.path,
      ],
      temporaryFolder: `${temporary.path}/spilled`,
      memory,
      signal,
      // While it starts, what the query seems to name is looked up.
      onSpawn: () => {
        if (isFar) return;
        for (const { id } of DATASETS) {
          if (text.toLowerCase().includes(id)) tables.find(id).catch(() => {});
        }
      },
      onFetch: (download) => onEvent({ code: "fetching-duckdb", ...download }),
    }),
  );
  const tablesOf = async (query: Query) => {
    if (cache !== undefined) {
      const days = await findFarDays(context, query, signal, onEvent);
      const { path: folder } = temporary;
      const far = { duckdb, folder, cache, signal, onEvent };
      return await farTables(context, query, days, far);
    }
    const found: SqlTable[] = [];
    for (const { id } of DATASETS) {
      const isNamed = query.tables.has(id);
      if (!isNamed && !query.listsTables) continue;
      const each = await tables.find(id);
      if (each !== undefined) {
        if (isNamed) onEvent(each.event);
        found.push(each.table);
      } else if (isNamed) {
        throw noFile(context, id);
      }
    }
    return found;
  };
  const query = await openQuery(duckdb, text, tablesOf);
  const owned = stack.move();
  return new SqlResult(duckdb, query, {
    folder: temporary.path,
    end: () => owned.disposeAsync(),
  });
}

/** How many bytes of a bucket's files are kept for later queries, unless it is said. */
const DEFAULT_CACHE_SIZE = 10_000_000_000;

/** Makes the folder for copies; `undefined` where it cannot be made, or written to. */
async function prepareCache(
  folder: string | undefined,
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    await Deno.mkdir(`${folder}/copies`, { recursive: true });
    const path = await Deno.realPath(`${folder}/copies`);
    await Deno.remove(await Deno.makeTempFile({ dir: path }));
    return path;
  } catch {
    return undefined; // then it is a temporary one
  }
}

function noFile({ destination }: MirrorContext, dataType: DataType): Error {
  return new DuckDBError(
    `Cannot query ${dataType}: the mirror in ${destination.location} has no file of it`,
  );
}

/** The days of the tables that a query names, or may list. */
async function findFarDays(
  context: MirrorContext,
  query: Query,
  signal: AbortSignal,
  onEvent: (event: SqlEvent) => void,
): Promise<FoundDays[]> {
  const found: FoundDays[] = [];
  for (const { id } of DATASETS) {
    const isNamed = query.tables.has(id);
    if (!isNamed && !query.listsTables) continue;
    const days = await findDays(context, id, signal);
    if (days === undefined) {
      if (isNamed) throw noFile(context, id);
      continue;
    }
    if (days.parquet.length === 0 && !isNamed) continue;
    if (isNamed) onEvent(days.event);
    found.push(days);
  }
  return found;
}

/** Finds each table once. */
class TableFinder {
  readonly #context: MirrorContext;
  readonly #signal: AbortSignal;
  readonly #found = new Map<DataType, Promise<FoundTable | undefined>>();

  constructor(context: MirrorContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  find(dataType: DataType): Promise<FoundTable | undefined> {
    const known = this.#found.get(dataType);
    if (known !== undefined) return known;
    const found = findTable(this.#context, dataType, this.#signal);
    this.#found.set(dataType, found);
    return found;
  }
}

/**
 * The folders of the datasets: of the files, and of the Parquet files. DuckDB looks where
 * links lead to.
 */
async function foldersOf(
  { destination, manifest }: MirrorContext,
): Promise<string[]> {
  const { location: folder } = destination;
  const roots = [
    folder,
    ...manifest.parquetFolders().map((made) =>
      made === "" ? `${folder}/parquet` : made
    ),
  ];
  const folders: string[] = [];
  for (const { prefix } of DATASETS) {
    for (const root of roots) {
      try {
        folders.push(await Deno.realPath(`${root}/${prefix}`));
      } catch { /* there is none */ }
    }
  }
  return folders;
}

async function realFolder(folder: string): Promise<string> {
  return await withFile("read", folder, () => Deno.realPath(folder));
}
