import { MarketCalendar } from "../../calendar/mod.ts";
import {
  type Dataset,
  type DatasetKind,
  getDataset,
  newYorkMidnight,
  S3Catalog,
} from "../../catalog/mod.ts";
import { INVENTED_COLUMNS } from "./column_writers.ts";
import {
  type AssetClass,
  assetClassOf,
  datasetUniverse,
} from "./dataset_universe.ts";
import { withOddTickers } from "./odd_tickers.ts";
import { hashText, toUnit } from "./random.ts";
import { type RowOrder, slotOrder } from "./row_order.ts";
import type { Universe } from "./universe.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** About how many compressed bytes of a file are made at a time. */
const SEGMENT_SIZE = 256 * 1024;

const SMALLEST_FILE = 600;

/** What the files of one kind are like at scale 1. */
interface KindFacts {
  /** A usual compressed size in bytes. */
  readonly size: number;
  /** How much smaller the content gets by compression, about. */
  readonly ratio: number;
  /** Bytes of a row, about. */
  readonly rowSize: number;
}

const KINDS: Readonly<Record<DatasetKind, KindFacts>> = {
  day_aggs: { size: 8_000, ratio: 1.9, rowSize: 64 },
  session_aggs: { size: 8_000, ratio: 2.1, rowSize: 90 },
  minute_aggs: { size: 85_000, ratio: 3, rowSize: 68 },
  trades: { size: 180_000, ratio: 2.1, rowSize: 65 },
  quotes: { size: 200_000, ratio: 2.3, rowSize: 80 },
  values: { size: 180_000, ratio: 2, rowSize: 37 },
};

/** How much smaller than usual content gets where its rows are more alike. */
const LIKENESS: Readonly<Partial<Record<AssetClass, number>>> = {
  options: 1.4,
  futures: 1.4,
  crypto: 0.85,
};

/** The gzip header, with a name that says what the data is; not every reader takes a comment. */
export const GZIP_HEADER: Uint8Array<ArrayBuffer> = new Uint8Array([
  ...[0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 0xff],
  ...new TextEncoder().encode("made-up-data-of-flatbed-demo-serve.csv\0"),
]);

/** The length of the gzip trailer. */
export const GZIP_TRAILER_SIZE = 8;

/** Which generated file, in which version. */
export interface FileId {
  /** The key in the live layout. */
  readonly key: string;
  /** Multiplies the sizes. */
  readonly scale: number;
  /** 0, and one more each time the file is replaced. */
  readonly version: number;
  /** The order of the rows of trades, quotes and values; the dataset's own where it is not given. */
  readonly order?: RowOrder | undefined;
  /** Whether there are rows that readers stumble over. */
  readonly oddities?: boolean | undefined;
}

/** A text that differs wherever the content differs. */
export function seedText(
  { key, scale, version, order, oddities }: FileId,
): string {
  const shape = (order === undefined ? "" : `&order=${order}`) +
    (oddities ? "&oddities" : "");
  return `${key}?scale=${scale}&version=${version}${shape}`;
}

/** The compressed size of a generated file in bytes: known without generating it. */
export function plannedSize(id: FileId): number {
  const dataset = datasetOf(id.key);
  const ofDataset = 0.85 + 0.3 * toUnit(hashText(dataset.id));
  const ofDay = 0.85 + 0.3 * toUnit(hashText(seedText(id)));
  return Math.max(
    SMALLEST_FILE,
    Math.round(KINDS[dataset.kind].size * ofDataset * ofDay * id.scale),
  );
}

/** How many pieces of about the same size a file is generated in. */
export function segmentCount(size: number): number {
  return Math.max(1, Math.round(size / SEGMENT_SIZE));
}

/** All that is decided about a generated file before its rows are. */
export interface FilePlan {
  readonly id: FileId;
  readonly dataset: Dataset;
  readonly date: string;
  readonly columns: readonly string[];
  /** The compressed size in bytes. */
  readonly size: number;
  /** The number of segments. */
  readonly segments: number;
  /** About how much smaller the content gets by compression. */
  readonly ratio: number;
  /** About the bytes of a row. */
  readonly rowSize: number;
  readonly universe: Universe;
  /** Each ticker has this many places for rows, in the order of time. */
  readonly slotsPerTicker: number;
  /** Which slot stands at a place. */
  readonly slotAt: (place: number) => number;
  /** Whether there are rows that readers stumble over. */
  readonly hasOddities: boolean;
  /** The first instant of the session in whole seconds. */
  readonly openSeconds: number;
  /** The session's length in seconds. */
  readonly sessionSeconds: number;
  /** When the day's bar begins, in whole seconds. */
  readonly daySeconds: number;
}

/** Plans a generated file. */
export function planFile(id: FileId): FilePlan {
  const { date } = catalog.parseKeyMetadata(id.key);
  const dataset = datasetOf(id.key);
  const { asset } = assetClassOf(dataset);
  const facts = KINDS[dataset.kind];
  const size = plannedSize(id);
  const session = MarketCalendar.for(dataset.calendar).session(date);
  const midnight = Date.parse(date);
  const open = session?.open.getTime() ?? midnight;
  const close = session?.close.getTime() ?? midnight + 86_400_000;
  const sessionSeconds = (close - open) / 1000;
  // Of a usual day, so that the same tickers are there every day.
  const ratio = facts.ratio * (LIKENESS[asset] ?? 1);
  const rows = Math.max(1, facts.size * id.scale * ratio / facts.rowSize);
  const isGlobal = asset === "forex" || asset === "crypto";

  let tickers: number;
  let slotsPerTicker: number;
  switch (dataset.kind) {
    case "day_aggs":
    case "session_aggs":
      slotsPerTicker = 1;
      tickers = rows * 2;
      break;
    case "minute_aggs":
      slotsPerTicker = Math.floor(sessionSeconds / 60);
      tickers = rows * 2.5 / slotsPerTicker;
      break;
    default:
      tickers = Math.min(rows / 4, 12 * Math.sqrt(id.scale));
      slotsPerTicker = 2 **
        Math.max(14, Math.ceil(Math.log2(16 * rows / Math.max(1, tickers))));
  }
  const usual = datasetUniverse(dataset, Math.max(1, Math.ceil(tickers)), date);
  const hasOddities = id.oddities ?? false;
  const universe = hasOddities ? withOddTickers(usual, asset) : usual;
  // Bars depend on the one before.
  const isTicks = ["trades", "quotes", "values"].includes(dataset.kind);
  const order = !isTicks
    ? "sorted"
    : id.order ?? (dataset.id === "options_quotes" ? "runs" : "sorted");
  return {
    id,
    dataset,
    date,
    columns: dataset.columns ?? INVENTED_COLUMNS[dataset.id] ?? ["ticker"],
    size,
    segments: segmentCount(size),
    ratio,
    rowSize: facts.rowSize,
    universe,
    slotsPerTicker,
    slotAt: slotOrder(order, id.key, universe.size * slotsPerTicker),
    hasOddities,
    openSeconds: open / 1000,
    sessionSeconds,
    daySeconds: dataset.kind === "session_aggs"
      ? open / 1000
      : (isGlobal ? midnight : newYorkMidnight(date).getTime()) / 1000,
  };
}

function datasetOf(key: string): Dataset {
  return getDataset(catalog.parseKeyMetadata(key).dataType);
}
