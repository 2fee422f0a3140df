// deno-lint-ignore-file no-console -- examples show what they do
/** Downloads a week, several days at once; a day that fails is null. */
import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";

await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
const keys = catalog.getDateRangeKeys(
  "options_daily",
  "2024-01-08",
  "2024-01-12",
);
const days = await downloader.downloadBatch(catalog.bucket, keys, {
  onFailure: (key, error) => console.error(`${key}: ${error.message}`),
});
for (const [index, csv] of days.entries()) {
  console.log(keys[index], csv === null ? "failed" : `${csv.length} bytes`);
}
console.log(downloader.getStatistics());
