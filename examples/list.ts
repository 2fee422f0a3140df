// deno-lint-ignore-file no-console -- examples show what they do
/** Lists what the service holds of a month. */
import { AsyncS3Downloader } from "@flatbed/flatbed";

await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });

let count = 0;
for await (
  const { key, size, lastModified } of downloader.iterateObjects(
    "flatfiles",
    "us_stocks_sip/minute_aggs_v1/2024/01/",
  )
) {
  console.log(key, size, lastModified?.toISOString());
  count++;
}
console.log(`${count} objects`);
