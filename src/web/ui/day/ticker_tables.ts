import { type DataType, S3Catalog } from "../../../catalog/mod.ts";
import type { Mirror } from "../../../mirror/mod.ts";
import { type DayContext, LARGEST_SCANNED } from "./plan_days.ts";
import { TickerTable } from "./ticker_table.ts";

/** So many tickers are kept in memory, of all days together: about 100 bytes each. */
const MOST_KEPT = 1_000_000;

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** Why there is no table of a day's tickers. */
export type NoTable = "no-rows" | "no-index" | "too-many";

/** The tables of the days that were looked at last: an index is read once. */
export class TickerTables {
  readonly #tables = new Map<string, Promise<TickerTable | NoTable>>();
  readonly #sizes = new Map<string, number>();

  /**
   * The tickers of a day: from its index, or of a file that is not large by reading it.
   *
   * @returns The table, or why there is none.
   * @throws {FlatbedError} If the index or the file cannot be read.
   */
  async of(
    { reader }: Pick<DayContext, "reader">,
    dataType: DataType,
    date: string,
  ): Promise<TickerTable | NoTable> {
    const name = `${dataType} ${date} ${versionOf(reader, dataType, date)}`;
    const known = this.#tables.get(name);
    if (known !== undefined) {
      this.#tables.delete(name);
      this.#tables.set(name, known); // the last one that was used
      return await known;
    }
    const made = makeTable(reader, dataType, date);
    this.#tables.set(name, made);
    const forget = () => {
      if (this.#tables.get(name) === made) this.#tables.delete(name);
    };
    try {
      const table = await made;
      if (typeof table === "string") forget(); // an index may be made meanwhile
      else this.#keep(name, table.length);
      return table;
    } catch (error) {
      forget();
      throw error;
    }
  }

  #keep(name: string, length: number): void {
    this.#sizes.set(name, length);
    let kept = 0;
    for (const size of this.#sizes.values()) kept += size;
    for (const oldest of [...this.#tables.keys()]) {
      if (kept <= MOST_KEPT) break;
      if (oldest === name) continue;
      this.#tables.delete(oldest);
      kept -= this.#sizes.get(oldest) ?? 0;
      this.#sizes.delete(oldest);
    }
  }
}

/** Tells a file from the one that replaces it. */
function versionOf(reader: Mirror, dataType: DataType, date: string): string {
  return reader.entries<string>({ dataType, from: date, to: date })
    .map(({ sha256, releasedAt }) => `${sha256} ${releasedAt?.getTime()}`)
    .join();
}

async function makeTable(
  reader: Mirror,
  dataType: DataType,
  date: string,
): Promise<TickerTable | NoTable> {
  const index = await reader.rowIndex(catalog.getKey(dataType, date));
  if (index?.tickers !== undefined) return new TickerTable(index.tickers);
  const range = { dataType, from: date, to: date };
  const { files: [file] } = await reader.files<string>(range);
  if (file === undefined) return index === undefined ? "no-rows" : "too-many";
  const size = Math.max(
    0,
    ...reader.entries<string>(range).map(({ bytes }) => bytes),
  );
  if (size > LARGEST_SCANNED) {
    return index === undefined ? "no-index" : "too-many";
  }
  const tickers = await reader.tickers<string>(dataType, date, {
    keepIndexes: false,
  });
  return new TickerTable(tickers);
}
