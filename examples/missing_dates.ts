// deno-lint-ignore-file no-console -- examples show what they do
/** Finds out which trading days a month's listing lacks. */
import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";

await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
const keys = await downloader.listObjects(
  catalog.bucket,
  "us_stocks_sip/day_aggs_v1/2024/01/",
);
const dates = keys.map((key) => catalog.parseKeyMetadata(key).date);
const missing = S3Catalog.getMissingDates(dates, "2024-01-01", "2024-01-31");
console.log(
  missing.length === 0
    ? "Nothing is missing"
    : `Missing: ${missing.join(", ")}`,
);
