// deno-lint-ignore-file no-console -- examples show what they do
/** A script without promises: every call blocks until it is done. */
import { S3Catalog, SyncS3Downloader } from "@flatbed/flatbed";

const downloader = new SyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
for (const date of S3Catalog.getBusinessDays("2024-01-01", "2024-01-05")) {
  const csv = downloader.download(
    catalog.bucket,
    catalog.getStocksDailyKey(date),
  );
  const rows = new TextDecoder().decode(csv).trimEnd().split("\n").length - 1;
  console.log(date, `${rows} tickers`);
}
