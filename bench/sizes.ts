/** How large everything is; sizes in bytes. */
export interface Sizes {
  /** One large object. */
  large: number;
  /** One object that is fetched into memory. */
  single: number;
  /** One object that no memory holds. */
  huge: number;
  /** What the object holds that no memory holds decompressed. */
  hugeContent: number;
  /** Objects of a batch of 16, decompressed. */
  batchContent: number;
  /** A day of trades, decompressed. */
  tradesContent: number;
  /** A day of quotes, decompressed. */
  quotesContent: number;
  /** A day of minutes out of which rows are extracted, decompressed. */
  dayContent: number;
  /** How many such days there are. */
  dayCount: number;
  /** How many of them the programs read that read them through. */
  fewDays: number;
  /** How many small objects there are. */
  smallCount: number;
  /** How many small objects are fetched over a slow way. */
  latencyCount: number;
}

/** The sizes of the issue, or the 20th part of each. */
export function sizesOf(isSmall: boolean): Sizes {
  const part = (size: number) => Math.round(isSmall ? size / 20 : size);
  return {
    large: part(2 ** 30),
    single: part(256e6),
    huge: part(4 * 2 ** 30),
    hugeContent: part(4 * 2 ** 30),
    batchContent: part(93e6),
    tradesContent: part(1e9),
    quotesContent: part(500e6),
    dayContent: isSmall ? 11e6 : 93e6, // a smaller file has no index
    dayCount: part(250),
    fewDays: isSmall ? 2 : 25,
    smallCount: part(2000),
    latencyCount: part(200),
  };
}
