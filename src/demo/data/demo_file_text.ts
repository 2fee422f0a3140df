import { S3Catalog, toLayout } from "../../catalog/mod.ts";
import { assertScale } from "./assert_scale.ts";
import type { RowOrder } from "./row_order.ts";
import { readGeneratedText } from "./generated_file.ts";

/** Options of {@linkcode demoFileText}. */
export interface DemoFileTextOptions {
  /** The scale of the service. @default {1} */
  scale?: number;
  /** How many times a `changed-etag` fault has replaced the file. @default {0} */
  version?: number;
  /** The order of the rows of trades, quotes and values. By default option quotes are in runs, all others sorted. */
  order?: RowOrder;
  /** Whether there are rows that readers stumble over. @default {false} */
  oddities?: boolean;
}

/**
 * The content of a generated file as it is before compression, without a service:
 * what a download of the key is to arrive as. The data is made up.
 *
 * @throws {TypeError} If the key is not a string.
 * @throws {RangeError} If it is not the key of a flat file, or the scale is impossible.
 *
 * @example
 * ```ts
 * import { demoFileText } from "../mod.ts";
 * import { assert } from "@std/assert";
 *
 * const text = await new Response(
 *   demoFileText("us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz"),
 * ).text();
 * assert(text.startsWith("ticker,volume,open,close,high,low,window_start,transactions\nA,"));
 * ```
 */
export function demoFileText(
  key: string,
  { scale = 1, version = 0, order, oddities }: DemoFileTextOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  new S3Catalog().parseKeyMetadata(key);
  assertScale(scale);
  return ReadableStream.from(
    readGeneratedText({
      key: toLayout(key, "live"),
      scale,
      version,
      order,
      oddities,
    }),
  );
}
