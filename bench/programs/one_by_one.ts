/**
 * Downloads the objects of a file of keys into the memory, decompressed, with the
 * blocking downloader, one after the other.
 *
 *     one_by_one.ts URL KEYS
 *
 * @module
 */
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const [endpointUrl = "", file = ""] = Deno.args;
const keys: string[] = JSON.parse(await Deno.readTextFile(file));
using downloader = new SyncS3Downloader(CREDENTIALS, { endpointUrl });
await report(() => {
  let bytes = 0;
  for (const key of keys) bytes += downloader.download("flatfiles", key).length;
  return { bytes };
});
