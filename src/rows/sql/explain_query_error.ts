import { didYouMean, quote } from "../../base/mod.ts";
import { suggestDataTypes } from "../../catalog/mod.ts";
import { DuckDBError } from "../duckdb_error.ts";

/**
 * An error of a query in Flatbed's words: of an unknown table, which one was meant, and of a
 * file, that it is not allowed. Other sentences are DuckDB's, without the line that they
 * point to, since it is not as the user wrote it. Other errors are returned unchanged.
 */
export function explainQueryError(error: unknown): unknown {
  if (!(error instanceof DuckDBError)) return error;
  // An error's line breaks are escaped.
  const message = error.message.replaceAll("\\u{a}", " ")
    .replace(/ +LINE \d+: .*$/, "");
  return new DuckDBError(sentenceOf(message), { cause: error });
}

function sentenceOf(message: string): string {
  const [, table] = /Table with name "?(.+?)"? does not exist/.exec(message) ??
    [];
  if (table !== undefined) {
    const hint = didYouMean(suggestDataTypes(table)) ||
      ": tables are named by data types";
    return `There is no table ${quote(table)}${hint}`;
  }
  if (/ is no (?:integer|time|date)$|^Conversion Error.* CSV /.test(message)) {
    return `Cannot run the query: ${message}; a Parquet file of that day would have NULL there, and the text in a column beside`;
  }
  const [, path] =
    /^Permission Error: Cannot access \w+ "(.*)" - /.exec(message) ?? [];
  return path === undefined
    ? `Cannot run the query: ${message}`
    : `Cannot run the query: it may not read ${
      quote(path)
    }, which is neither in the mirror nor in a folder that is allowed`;
}
