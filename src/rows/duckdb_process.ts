import { TextLineStream } from "@std/streams/text-line-stream";
import { isNotCapable } from "../base/mod.ts";
import type {
  DuckDBAnswer,
  DuckDBColumn,
  DuckDBRequest,
  DuckDBSettings,
  DuckDBValue,
} from "./duckdb.ts";
import { duckdbLock } from "./duckdb_lock.ts";
import { DuckDBError, DuckDBUnavailableError } from "./duckdb_error.ts";

/** How {@linkcode DuckDB} is started. */
export interface DuckDBOptions {
  /** The folders that it may read and write in: nothing else on this machine. */
  readonly folders: readonly string[];
  /** The folder for what does not fit into the memory. It is made, and removed in the end. */
  readonly temporaryFolder: string;
  /**
   * About how much memory its process may take, in bytes.
   *
   * @default {1_500_000_000}
   */
  readonly memory?: number | undefined;
  /** How many threads it uses; one a processor by default. */
  readonly threads?: number | undefined;
  /** Called when its package is not there yet, and is fetched from npm's registry. */
  readonly onFetch?: ((download: DuckDBDownload) => void) | undefined;
  /** Called when its process begins to start: there is time for other work. */
  readonly onSpawn?: (() => void) | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** What is fetched at the first use. */
export interface DuckDBDownload {
  /** About how many bytes come. */
  readonly bytes: number;
}

/** A query's result. */
export interface DuckDBResult {
  /** Its columns. */
  readonly columns: readonly DuckDBColumn[];
  /** Its rows: integers of 64 bits, times and dates are texts. */
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** A part of a query's result. */
export interface DuckDBBatch extends DuckDBResult {}

/** How much memory DuckDB may take unless it is said, in bytes. */
export const DUCKDB_MEMORY = 1_500_000_000;
/** Which part of it DuckDB is told to use: it does not count all that its process takes. */
const OF_MEMORY = 0.75;
/** About how many bytes come for a platform. */
const DOWNLOADS: Readonly<Partial<Record<typeof Deno.build.os, number>>> = {
  darwin: 37_000_000,
  linux: 24_000_000,
  windows: 14_000_000,
};
/** How much is kept of what the process writes to its standard error. */
const KEPT_ERRORS = 4096;

/**
 * DuckDB in a process of its own: when its native code crashes, a query has failed and
 * nothing else. It needs `--allow-run` for the `deno` that runs this. What native code does,
 * Deno's permissions do not see: it is DuckDB's own settings that restrict it to the folders
 * given, without the network and without extensions, and they are locked.
 *
 * Its package is fetched at the first use, 24 MB on Linux.
 */
export class DuckDB implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  readonly #options: DuckDBOptions;
  readonly #kill = () => this.#end();
  #isEnded = false;
  /** Whether a query was left before its end. */
  #isLeft = false;

  private constructor(options: DuckDBOptions, isCachedOnly: boolean) {
    this.#options = options;
    const settings: DuckDBSettings = {
      folders: options.folders,
      temporaryFolder: options.temporaryFolder,
      memory: Math.floor(OF_MEMORY * (options.memory ?? DUCKDB_MEMORY)),
      threads: options.threads ?? navigator.hardwareConcurrency,
    };
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...(isCachedOnly ? ["--cached-only"] : []),
        ...["--quiet", "--no-prompt", "--allow-ffi"],
        // Whatever the working folder has must not matter.
        ...["--no-config", "--node-modules-dir=none"],
        ...["--lock", lockPath(options)],
        new URL("./duckdb.ts", import.meta.url).href,
        JSON.stringify(settings),
      ],
      env: { DENO_NO_PACKAGE_JSON: "1", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#answers = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.#errors = readEnd(this.#process.stderr);
    options.signal?.addEventListener("abort", this.#kill);
  }

  /**
   * Starts it.
   *
   * @throws {DuckDBUnavailableError} If it cannot be loaded; the message says what to do.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  static async start(options: DuckDBOptions): Promise<DuckDB> {
    options.signal?.throwIfAborted();
    if (Deno.build.standalone) {
      throw new DuckDBUnavailableError(
        "Cannot start DuckDB: a standalone binary cannot load its native library; use Deno: 'deno run -A jsr:@flatbed/flatbed/cli' takes the same arguments",
      );
    }
    const lock = duckdbLock(Deno.build);
    if (lock === undefined) throw unavailable("there is none");
    // What is cached already needs no registry, and nothing is to be said.
    const reason = await DuckDB.#tryStart(options, lock, true);
    if (reason instanceof DuckDB) return reason;
    if (!/cach/i.test(reason)) throw unavailable(reason);
    options.onFetch?.({ bytes: DOWNLOADS[Deno.build.os] ?? 24_000_000 });
    const second = await DuckDB.#tryStart(options, lock, false);
    if (second instanceof DuckDB) return second;
    throw unavailable(second);
  }

  /** Starts it, or returns why not. */
  static async #tryStart(
    options: DuckDBOptions,
    lock: string,
    isCachedOnly: boolean,
  ): Promise<DuckDB | string> {
    await Deno.mkdir(options.temporaryFolder, { recursive: true });
    await Deno.writeTextFile(lockPath(options), lock);
    let started: DuckDB;
    try {
      started = new DuckDB(options, isCachedOnly);
    } catch (error) {
      if (!isNotCapable(error)) throw error;
      throw new DuckDBUnavailableError(
        `Cannot start DuckDB: it runs in a process of its own, which needs --allow-run=${Deno.execPath()}`,
        { cause: error },
      );
    }
    options.onSpawn?.();
    const answer = await started.#nextAnswer();
    if (answer?.code === "ready") return started;
    const message = answer?.code === "unavailable"
      ? answer.message
      : await started.#errors || (await started.#crash()).message;
    await started[Symbol.asyncDispose]();
    options.signal?.throwIfAborted();
    return message;
  }

  /**
   * Runs a query or another statement, and reads its result to its end.
   *
   * @throws {DuckDBError} If it cannot be run.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async run(sql: string): Promise<DuckDBResult> {
    let columns: readonly DuckDBColumn[] = [];
    const rows: (readonly DuckDBValue[])[] = [];
    for await (const batch of this.stream(sql)) {
      columns = batch.columns;
      for (const row of batch.rows) rows.push(row);
    }
    return { columns, rows };
  }

  /**
   * Runs a query part by part: the first one has the columns and no rows. One query runs at
   * a time. One that is left before its end ends DuckDB.
   *
   * DuckDB does not tell a query that fails after its first rows from one that is over:
   * compute what may fail into a table first, and count the rows that come.
   *
   * @throws {DuckDBError} If it cannot be run.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async *stream(sql: string): AsyncGenerator<DuckDBBatch> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    // Answers to the query that was left may still come.
    if (this.#isLeft) throw await this.#crash();
    const request: DuckDBRequest = { sql };
    const line = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
    await this.#writer.write(line).catch(() => {}); // it has crashed: seen next
    let columns: readonly DuckDBColumn[] = [];
    let isOver = false;
    try {
      while (!isOver) {
        const answer = await this.#nextAnswer();
        signal?.throwIfAborted();
        switch (answer?.code) {
          case undefined:
            isOver = true;
            throw await this.#crash();
          case "error":
            isOver = true;
            throw new DuckDBError(answer.message);
          case "done":
            isOver = true;
            break;
          case "columns":
            ({ columns } = answer);
            yield { columns, rows: [] };
            break;
          case "rows":
            yield { columns, rows: answer.rows };
        }
      }
    } finally {
      // What it still has to say would be taken for the next query's.
      if (!isOver) {
        this.#isLeft = true;
        this.#end();
      }
    }
  }

  /** The next answer; `undefined` if the process has ended. */
  async #nextAnswer(): Promise<DuckDBAnswer | undefined> {
    const { value } = await this.#answers.read();
    return value === undefined ? undefined : JSON.parse(value);
  }

  async #crash(): Promise<DuckDBError> {
    if (this.#isLeft) {
      return new DuckDBError(
        "Cannot run another query: the one before was left before its end",
      );
    }
    const { code, signal } = await this.#process.status;
    const how = signal ?? `exit code ${code}`;
    const [last = ""] = (await this.#errors).trim().split("\n").slice(-1);
    return new DuckDBError(
      `DuckDB has crashed: its process ended with ${how}${last && `: ${last}`}`,
    );
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    try {
      this.#process.kill("SIGKILL");
    } catch { /* it has ended */ }
  }

  /** Ends it at once, and removes what it has put into the temporary folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#kill);
    this.#end();
    await this.#process.status;
    await this.#writer.close().catch(() => {});
    await this.#answers.cancel().catch(() => {});
    await this.#errors;
    const { temporaryFolder } = this.#options;
    await Deno.remove(temporaryFolder, { recursive: true }).catch(() => {});
  }
}

/** Where the lock of DuckDB's package is put. */
function lockPath({ temporaryFolder }: DuckDBOptions): string {
  return `${temporaryFolder}/duckdb.lock`;
}

function unavailable(reason: string): DuckDBUnavailableError {
  const [line = ""] = reason.replace(/^(error: )?(Uncaught )?/, "").split("\n");
  const first = line.replace(/\.$/, "");
  return new DuckDBUnavailableError(
    `Cannot load DuckDB for ${Deno.build.target}: ${first}; where npm's registry cannot be reached, copy the DENO_DIR of a machine that has run the same command`,
  );
}

/** The last part of a stream as text; it is read to its end. */
async function readEnd(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-KEPT_ERRORS);
  }
  return text;
}
