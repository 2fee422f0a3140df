import type { ByteWriter } from "./byte_writer.ts";
import { COLUMN_WRITERS } from "./column_writers.ts";
import { type AssetClass, assetClassOf } from "./dataset_universe.ts";
import type { FilePlan } from "./file_plan.ts";
import { PriceWalk } from "./price_walk.ts";
import type { Random } from "./random.ts";
import { Row } from "./row.ts";
import type { Ticker } from "./universe.ts";

/** Enough for any row. */
const LONGEST_ROW = 512;
const COMMA = 44;
const LINE_FEED = 10;

/** How much of a day's walk takes place within its session; the rest is overnight. */
const SESSION_SHARE = 0.9;
/** Prices of trades and quotes stay around the walk's at so many instants of the session. */
const ANCHORS = 1024;

/** From this date on sizes of stock quotes are in shares, before in round lots. */
const SHARES_SINCE = "2025-11-03";

const VOLATILITY: Readonly<Record<AssetClass, number>> = {
  stocks: 1,
  options: 4,
  futures: 0.7,
  indices: 0.6,
  forex: 0.25,
  crypto: 2,
};

const CONDITIONS: Readonly<Record<AssetClass, readonly string[]>> = {
  stocks: ["", "12", "12,37", "37", "14,37,41", "14,41", "12", "", "10"],
  options: ["209", "227", "219", "232", "227"],
  futures: ["[401]"],
  indices: [""],
  forex: [""],
  crypto: ["1", "2", "2", "1"],
};

const STOCK_QUOTE_CONDITIONS = ["1", "1,81", "1", "1,93"];

/** Times that files really have, and that are none. */
const NONSENSE = ["-68400000000000", "-6795364578871345152", "0"];
/** So many tickers are kept. */
const MOST_TICKERS = 10_000;
/** About one row of so many has such a time. */
const NONSENSE_EVERY = 500;

/** Writes the rows of a file, each from its slot. */
export class RowSource {
  readonly #plan: FilePlan;
  readonly #random: Random;
  readonly #row = new Row();
  readonly #writers: readonly ((to: ByteWriter, row: Row) => void)[];
  readonly #conditions: readonly string[];
  readonly #asset: AssetClass;
  readonly #day: number;
  readonly #slotNanos: number;
  readonly #fill: (slotInTicker: number) => void;
  readonly #tickers = new Map<number, Ticker>();
  #tickerIndex = -1;
  #price = 1;
  readonly #walk: PriceWalk;
  #unit = 1;
  #quantum = 1;
  #liquidity = 1;
  #lastPrice = 0;
  #anchor = -1;
  #anchorPrice = 0;

  /** Makes the source of a file's rows, with chance of its own. */
  constructor(plan: FilePlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#asset = assetClassOf(plan.dataset).asset;
    this.#walk = new PriceWalk(0, VOLATILITY[this.#asset]);
    this.#day = Date.parse(plan.date) / 86_400_000;
    this.#slotNanos = plan.sessionSeconds * 1e9 / plan.slotsPerTicker;
    this.#row.sessionEndDate = plan.date;
    this.#writers = plan.columns.map((name) => {
      const writer = COLUMN_WRITERS[name];
      if (writer === undefined) {
        throw new Error(`Cannot write column '${name}': it is not known`);
      }
      return writer;
    });
    const { kind } = plan.dataset;
    this.#conditions =
      (this.#asset === "stocks" && kind === "quotes"
        ? STOCK_QUOTE_CONDITIONS
        : CONDITIONS[this.#asset])
        .map((list) =>
          list.includes(",") && !list.startsWith("[") ? `"${list}"` : list
        );
    this.#fill = kind === "trades"
      ? (slot) => this.#fillTrade(slot)
      : kind === "quotes"
      ? (slot) => this.#fillQuote(slot)
      : kind === "values"
      ? (slot) => this.#fillTick(slot)
      : (slot) => this.#fillBar(slot);
  }

  /** Writes the header row. */
  writeHeader(to: ByteWriter): void {
    to.reserve(LONGEST_ROW);
    to.text(this.#plan.columns.join(",") + "\n");
  }

  /** Writes the row of a slot. AdaptiveSemaphore must come in order. */
  write(to: ByteWriter, slot: number): void {
    const { slotsPerTicker } = this.#plan;
    const index = Math.floor(slot / slotsPerTicker);
    if (index !== this.#tickerIndex) this.#startTicker(index);
    this.#row.place = slot;
    this.#fill(slot - index * slotsPerTicker);
    if (this.#plan.hasOddities) this.#makeOdd();
    to.reserve(LONGEST_ROW);
    const writers = this.#writers;
    for (let i = 0; i < writers.length; i++) {
      if (i > 0) to.code(COMMA);
      writers[i]?.(to, this.#row);
    }
    to.code(LINE_FEED);
  }

  #makeOdd(): void {
    const row = this.#row;
    row.nonsense = this.#random.below(NONSENSE_EVERY) === 0
      ? NONSENSE[this.#random.below(NONSENSE.length)] ?? ""
      : "";
    row.hasZeros = row.volumeDecimals === 0 && this.#random.below(2) === 0;
    if (!row.hasZeros) return;
    row.volume *= 1e6;
    row.volumeDecimals = 6;
  }

  /** The ticker at a place; where rows are in no order, each is asked for again and again. */
  #tickerAt(index: number): Ticker {
    let ticker = this.#tickers.get(index);
    if (ticker === undefined) {
      if (this.#tickers.size === MOST_TICKERS) this.#tickers.clear();
      this.#tickers.set(index, ticker = this.#plan.universe.at(index));
    }
    return ticker;
  }

  #startTicker(index: number): void {
    const row = this.#row;
    const ticker = this.#tickerAt(index);
    this.#tickerIndex = index;
    this.#walk.restart(ticker.seed);
    // A contract's price is already the date's: only its day is walked.
    this.#price = this.#asset === "options"
      ? ticker.price / this.#walk.at(this.#day + SESSION_SHARE / 2)
      : ticker.price;
    this.#lastPrice = 0;
    this.#anchor = -1;
    row.ticker = ticker.name;
    row.tape = 1 + ticker.seed % 3;
    row.exchange = 1;
    this.#liquidity = 10 ** (1 + (ticker.seed >>> 8) % 300 / 100);
    [row.decimals, this.#quantum] = steps(this.#asset, ticker.price);
    this.#unit = 10 ** row.decimals;
  }

  /** The walk's price at a part of the session, in the row's unit. */
  #priceAt(part: number): number {
    const factor = this.#walk.at(this.#day + SESSION_SHARE * part);
    return this.#toStep(this.#price * factor * this.#unit);
  }

  #toStep(price: number): number {
    const quantum = this.#quantum;
    return Math.max(quantum, Math.round(price / quantum) * quantum);
  }

  #fillBar(slot: number): void {
    const row = this.#row;
    const random = this.#random;
    const { slotsPerTicker, dataset } = this.#plan;
    row.open = this.#lastPrice || this.#priceAt(slot / slotsPerTicker);
    row.close = this.#priceAt((slot + 1) / slotsPerTicker);
    this.#lastPrice = row.close;
    const spread = row.close * (dataset.kind === "minute_aggs" ? 0.0006 : 0.01);
    row.high = this.#toStep(
      Math.max(row.open, row.close) + random.unit() * spread,
    );
    row.low = this.#toStep(
      Math.min(row.open, row.close) - random.unit() * spread,
    );
    if (dataset.kind === "minute_aggs") {
      row.seconds = this.#plan.openSeconds + slot * 60;
      this.#fillVolume(this.#liquidity * random.unit());
    } else {
      row.seconds = this.#plan.daySeconds;
      this.#fillVolume(this.#liquidity * 300 * (0.5 + random.unit()));
    }
    row.transactions = 1 +
      Math.floor(
        row.volume / 10 ** row.volumeDecimals / (20 + random.below(60)),
      );
  }

  #fillVolume(volume: number): void {
    const row = this.#row;
    row.volumeDecimals = this.#asset === "crypto"
      ? 8
      : this.#asset === "stocks" && this.#random.below(12) === 0
      ? 6
      : 0;
    row.volume = 1 + Math.floor(volume * 10 ** row.volumeDecimals);
  }

  /** What trades, quotes and values have in common: the instant and the price. */
  #fillTick(slot: number): void {
    const row = this.#row;
    const { slotsPerTicker, openSeconds } = this.#plan;
    const nanos = Math.floor((slot + this.#random.unit()) * this.#slotNanos);
    const seconds = Math.floor(nanos / 1e9);
    row.seconds = openSeconds + seconds;
    row.nanos = nanos - seconds * 1e9;
    // Not before the session's first instant.
    row.lag = Math.min(nanos, 20_000 + this.#random.below(400_000));
    row.sequence = 1000 + slot;
    const anchor = Math.floor(slot * ANCHORS / slotsPerTicker);
    if (anchor !== this.#anchor) {
      this.#anchor = anchor;
      this.#anchorPrice = this.#priceAt(anchor / ANCHORS);
    }
    row.close = Math.max(
      this.#quantum,
      this.#anchorPrice + (this.#random.below(5) - 2) * this.#quantum,
    );
  }

  #fillTrade(slot: number): void {
    const random = this.#random;
    const row = this.#row;
    this.#fillTick(slot);
    row.exchange = this.#exchange();
    row.conditions = this.#pickConditions();
    const lots = random.below(8);
    this.#fillVolume(lots < 3 ? 99 : random.below(lots < 6 ? 100 : 900));
    if (this.#asset === "crypto") {
      row.volume = 1 + random.below(300_000_000);
    }
  }

  #fillQuote(slot: number): void {
    const random = this.#random;
    const row = this.#row;
    this.#fillTick(slot);
    row.exchange = this.#exchange();
    row.otherExchange = random.below(3) === 0 ? this.#exchange() : row.exchange;
    row.conditions = this.#pickConditions();
    row.bid = row.close;
    row.ask = row.close + (1 + random.below(3)) * this.#quantum;
    const unit = this.#asset === "stocks" && this.#plan.date >= SHARES_SINCE
      ? 100
      : 1;
    row.askSize = (1 + random.below(12)) * unit;
    row.bidSize = (1 + random.below(12)) * unit;
    row.volume = 0;
    if (this.#asset === "futures" && random.below(40) === 0) row.bidSize = 0;
  }

  #exchange(): number {
    switch (this.#asset) {
      case "stocks":
        return 1 + this.#random.below(21);
      case "options":
        return 300 + this.#random.below(26);
      case "forex":
        return 48;
      case "crypto":
        return [1, 2, 6, 10, 23][this.#random.below(5)] ?? 1;
      default:
        return 1;
    }
  }

  #pickConditions(): string {
    return this.#conditions[this.#random.below(this.#conditions.length)] ?? "";
  }
}

/** How many digits behind the point a price has, and its smallest step in that unit. */
function steps(
  asset: AssetClass,
  price: number,
): [decimals: number, quantum: number] {
  switch (asset) {
    case "options":
      return [2, 1];
    case "indices":
      return [4, 1];
    case "forex":
      return [price > 50 ? 3 : 5, 1];
    case "crypto":
      return [price > 100 ? 2 : price > 1 ? 4 : 6, 1];
    case "futures":
      return price > 1000 ? [2, 25] : [price > 10 ? 2 : 4, 1];
    case "stocks":
      return [4, 100];
  }
}
