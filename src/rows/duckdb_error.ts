import { FlatbedError, type FlatbedErrorOptions } from "../base/mod.ts";

/**
 * DuckDB could not do what it was asked for, or has crashed.
 *
 * @example
 * ```ts
 * import { DuckDBError } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new DuckDBError("Parser Error: syntax error at or near \"SELEC\"");
 * assertEquals(error.code, "duckdb");
 * ```
 */
export class DuckDBError extends FlatbedError {
  /** The name of the class. */
  override name = "DuckDBError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("duckdb", message, options);
  }
}

/**
 * DuckDB cannot be loaded here; the message says what to do about it.
 *
 * @example
 * ```ts
 * import { DuckDBUnavailableError } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new DuckDBUnavailableError("Cannot start DuckDB: …");
 * assertEquals(error.code, "duckdb-unavailable");
 * ```
 */
export class DuckDBUnavailableError extends FlatbedError {
  /** The name of the class. */
  override name = "DuckDBUnavailableError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("duckdb-unavailable", message, options);
  }
}
