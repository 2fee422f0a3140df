// deno-lint-ignore-file no-console -- examples show what they do
/** Downloads one day of one dataset into memory. */
import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";

await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
const csv = await downloader.downloadOne(
  catalog.bucket,
  catalog.getStocksDailyKey("2024-01-02"),
);
const lines = new TextDecoder().decode(csv).split("\n");
console.log(lines.slice(0, 3).join("\n"));
