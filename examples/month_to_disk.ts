// deno-lint-ignore-file no-console -- examples show what they do
/** Keeps a month of files in a folder, under their keys, as they are stored. */
import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";

const [folder = "data"] = Deno.args;
await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

const catalog = new S3Catalog();
const keys = catalog.getDateRangeKeys(
  "stocks_daily",
  "2024-01-01",
  "2024-01-31",
);
// At most eight are under way at once; the others wait for their turn.
const files = await Promise.all(
  keys.map((key) =>
    downloader.downloadToFile(catalog.bucket, key, `${folder}/${key}`, {
      decompress: false,
    })
  ),
);
const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
console.log(`${files.length} files, ${bytes} bytes in ${folder}`);
