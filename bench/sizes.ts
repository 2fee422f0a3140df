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
    smallCount: part(2000),
    latencyCount: part(200),
  };
}
