/**
 * Downloads one object into the memory, as it is stored.
 *
 *     async_one.ts URL KEY
 *
 * @module
 */
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const [endpointUrl = "", key = ""] = Deno.args;
await using downloader = new AsyncS3Downloader(CREDENTIALS, { endpointUrl });
await report(async () => {
  const bytes = await downloader.downloadOne("flatfiles", key, {
    decompress: false,
  });
  return { bytes: bytes.length };
});
