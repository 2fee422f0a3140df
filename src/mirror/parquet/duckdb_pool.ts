import { DuckDB, type DuckDBOptions } from "../../rows/mod.ts";

/** Some of {@linkcode DuckDB}, each in a process of its own, which start when they are needed. */
export class DuckDBPool implements AsyncDisposable {
  readonly #options: DuckDBOptions;
  readonly #idle: DuckDB[] = [];
  #started = 0;

  /** Starts none yet. */
  constructor(options: DuckDBOptions) {
    this.#options = options;
  }

  /**
   * Lends one for some work. One with which work has failed is not used again: it may have
   * crashed.
   */
  async use<T>(work: (duckdb: DuckDB) => Promise<T>): Promise<T> {
    const { temporaryFolder } = this.#options;
    const duckdb = this.#idle.pop() ?? await DuckDB.start({
      ...this.#options,
      temporaryFolder: `${temporaryFolder}/${++this.#started}`,
    });
    try {
      const result = await work(duckdb);
      this.#idle.push(duckdb);
      return result;
    } catch (error) {
      await duckdb[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#idle.map((duckdb) => duckdb[Symbol.asyncDispose]()),
    );
    await Deno.remove(this.#options.temporaryFolder, { recursive: true })
      .catch(() => {});
  }
}
