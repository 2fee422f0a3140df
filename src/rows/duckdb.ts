/**
 * DuckDB in a process of its own, which {@linkcode DuckDB} starts: a crash in native code
 * ends this process and nothing else. It is the only module that imports DuckDB, and it
 * imports nothing else, so that it runs without a configuration and an import map.
 *
 * Its argument is a {@linkcode DuckDBSettings}. Each line of its input is a
 * {@linkcode DuckDBRequest}, each line of its output a {@linkcode DuckDBAnswer}. It ends
 * with its input: with the process that started it, however that ends.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** How DuckDB is restricted. */
export interface DuckDBSettings {
  /** The folders that it may read and write in; nothing else. */
  folders: readonly string[];
  /** Where it puts what does not fit into the memory. */
  temporaryFolder: string;
  /** How much memory it may use, in bytes. */
  memory: number;
  /** How many threads it uses. */
  threads: number;
}

/** One statement, or several: then the result is the last one's. */
export interface DuckDBRequest {
  sql: string;
}

/** A column of a result. */
export interface DuckDBColumn {
  /** Its name. */
  name: string;
  /** Its type as DuckDB writes it, such as `TIMESTAMP_NS`. */
  type: string;
}

/** A value as JSON has it: integers of 64 bits, times and dates are texts. */
export type DuckDBValue =
  | null
  | boolean
  | number
  | string
  | readonly DuckDBValue[]
  | { readonly [name: string]: DuckDBValue };

/** What is said of a request: its columns, its rows in parts, and that it is done; or why not. */
export type DuckDBAnswer =
  | { code: "ready" }
  | { code: "columns"; columns: DuckDBColumn[] }
  | { code: "rows"; rows: DuckDBValue[][] }
  | { code: "done" }
  | { code: "error"; message: string }
  | { code: "unavailable"; message: string };

/** What is used of the package. */
interface Package {
  DuckDBInstance: {
    create(
      path: string,
      options: Record<string, string>,
    ): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<Result>;
}

interface Result {
  columnNames(): string[];
  columnTypes(): { toString(): string }[];
  yieldRowsJson(): AsyncIterable<DuckDBValue[][]>;
}

const encoder = new TextEncoder();

function answer(answer: DuckDBAnswer): void {
  const bytes = encoder.encode(`${JSON.stringify(answer)}\n`);
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

/** Opens a database in memory that reaches the settings' folders and nothing else. */
async function open(
  { DuckDBInstance }: Package,
  settings: DuckDBSettings,
): Promise<Connection> {
  const database = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_persistent_secrets: "false",
    memory_limit: `${settings.memory}B`,
    threads: `${settings.threads}`,
    temp_directory: settings.temporaryFolder,
  });
  const connection = await database.connect();
  const folders = settings.folders.map((folder) =>
    `'${folder.replaceAll("'", "''")}'`
  );
  for (
    const [name, value] of [
      ["TimeZone", "'UTC'"],
      ["allowed_directories", `[${folders.join()}]`],
      ["enable_external_access", "false"],
      // From here on, nothing of it can be changed.
      ["lock_configuration", "true"],
    ]
  ) await connection.run(`SET ${name} = ${value}`);
  return connection;
}

async function run(
  connection: Connection,
  { sql }: DuckDBRequest,
): Promise<void> {
  const result = await connection.stream(sql);
  const types = result.columnTypes();
  const columns = result.columnNames()
    .map((name, at) => ({ name, type: String(types[at]) }));
  answer({ code: "columns", columns });
  for await (const rows of result.yieldRowsJson()) {
    answer({ code: "rows", rows });
  }
  answer({ code: "done" });
}

async function* readRequests(): AsyncGenerator<DuckDBRequest> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of Deno.stdin.readable) {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main(settings: DuckDBSettings): Promise<void> {
  // A terminal interrupts all processes: the one that has started this decides.
  Deno.addSignalListener("SIGINT", () => {});
  // While a query runs, the end of the input must be seen as well.
  const requests = readRequests();
  let next = requests.next();
  let loaded: Package;
  let connection: Connection;
  try {
    // Not as a literal, which Deno would fetch beforehand.
    const specifier: string = config.scopes["./"]["@duckdb/node-api"];
    loaded = await import(specifier);
    connection = await open(loaded, settings);
  } catch (error) {
    return answer({ code: "unavailable", message: messageOf(error) });
  }
  answer({ code: "ready" });
  while (true) {
    const { done, value } = await next;
    if (done) return;
    next = requests.next();
    next.then(({ done }) => done && Deno.exit(0));
    try {
      await run(connection, value);
    } catch (error) {
      answer({ code: "error", message: messageOf(error) });
    }
  }
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0] ?? ""));
  Deno.exit(0);
}
