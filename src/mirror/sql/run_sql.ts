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
import type { SqlOptions } from "./sql_options.ts";
import { findTable, type FoundTable } from "./find_table.ts";

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
  const temporary = await makeTemporaryFolder(options.temporaryFolder);
  stack.defer(() => temporary.remove());
  const duckdb = stack.use(
    await DuckDB.start({
      folders: [
        ...await foldersOf(context),
        ...await Promise.all(allow.map(realFolder)),
        temporary.path,
      ],
      temporaryFolder: `${temporary.path}/spilled`,
      memory,
      signal,
      // While it starts, what the query seems to name is looked up.
      onSpawn: () => {
        for (const { id } of DATASETS) {
          if (text.toLowerCase().includes(id)) tables.find(id).catch(() => {});
        }
      },
      onFetch: (download) => onEvent({ code: "fetching-duckdb", ...download }),
    }),
  );
  const tablesOf = async (query: Query) => {
    const found: SqlTable[] = [];
    for (const { id } of DATASETS) {
      const isNamed = query.tables.has(id);
      if (!isNamed && !query.listsTables) continue;
      const each = await tables.find(id);
      if (each !== undefined) {
        if (isNamed) onEvent(each.event);
        found.push(each.table);
      } else if (isNamed) {
        throw new DuckDBError(
          `Cannot query ${id}: the mirror in ${context.folder} has no file of it`,
        );
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

const PREFIX = "flatbed-sql-";
/** After so many milliseconds, a query's folder counts as left behind. */
const LEFT_AFTER = 2 * 86_400_000;

function isNotWritable(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Error && "code" in error && error.code === "EROFS";
}

async function removeLeft(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = `${dir}/${name}`;
    const { mtime } = await Deno.lstat(path);
    const isLeft = (mtime?.getTime() ?? Infinity) < Date.now() - LEFT_AFTER;
    if (isLeft) await Deno.remove(path, { recursive: true });
  }
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
  { folder, manifest }: Pick<MirrorContext, "folder" | "manifest">,
): Promise<string[]> {
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

/** Makes a folder of its own for a query, and removes those of queries that were killed. */
async function makeTemporaryFolder(
  dir: string | undefined,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await withFile(
    "write",
    dir ?? "the folder for temporary files",
    async () => {
      try {
        if (dir !== undefined) await removeLeft(dir);
        return await Deno.makeTempDir({ dir, prefix: PREFIX });
      } catch (error) {
        // A mirror may be somebody else's, or on a disk that is read-only.
        if (!isNotWritable(error)) throw error;
        return await Deno.makeTempDir({ prefix: PREFIX });
      }
    },
  );
  return {
    path: await Deno.realPath(path),
    remove: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}
