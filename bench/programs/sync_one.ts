/**
 * Downloads one object into the memory, as it is stored, with the blocking downloader.
 *
 *     sync_one.ts URL KEY
 *
 * @module
 */
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const [endpointUrl = "", key = ""] = Deno.args;
using downloader = new SyncS3Downloader(CREDENTIALS, { endpointUrl });
await report(() => ({
  bytes: downloader.download("flatfiles", key, { decompress: false }).length,
}));
