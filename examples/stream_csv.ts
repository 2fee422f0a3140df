// deno-lint-ignore-file no-console -- examples show what they do
/** Streams a file of any size into a CSV parser, and keeps only what is wanted. */
import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";
import { parse } from "csv-parse";
import { pipeline, Readable } from "node:stream";

await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
const stream = await downloader.openStream(
  catalog.bucket,
  catalog.getStocksMinuteKey("2024-01-02"),
);
// Unlike pipe(), it hands an error of the download on to the loop.
const rows = pipeline(
  Readable.fromWeb(stream),
  parse({ columns: true }),
  () => {},
);
let count = 0;
for await (const row of rows) {
  if (row.ticker !== "AAPL") continue;
  // Nanoseconds do not fit a number: BigInt holds them.
  const minute = new Date(Number(BigInt(row.window_start) / 1_000_000n));
  if (count++ < 3) console.log(minute.toISOString(), row.close);
}
console.log(`${count} minutes of AAPL`);
