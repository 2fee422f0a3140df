/** What the name of a download is made of. */
export interface DownloadNameOptions {
  /** The dataset, such as `stocks_minute`. */
  readonly dataType: string;
  /** The first day, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last day, `YYYY-MM-DD`. */
  readonly to: string;
  /** Of which tickers; of all where none is named. */
  readonly tickers: readonly string[];
  /** The format, which ends the name. */
  readonly format: string;
}

/**
 * The name of a file of rows, in characters that every file system, shell and header takes
 * as they are: `stocks_minute-AAPL-2024-01-02.csv`.
 *
 * @param options What is in the file.
 * @returns The name.
 */
export function downloadName(
  { dataType, from, to, tickers, format }: DownloadNameOptions,
): string {
  const [ticker = ""] = tickers;
  const safe = ticker.replaceAll(/[^A-Za-z0-9._-]+/g, "_").slice(0, 40);
  const of = tickers.length === 0
    ? ""
    : tickers.length === 1
    ? `-${safe}`
    : `-${tickers.length}-tickers`;
  const days = from === to ? from : `${from}-to-${to}`;
  return `${dataType}${of}-${days}.${format}`;
}
