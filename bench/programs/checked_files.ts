/**
 * Downloads the objects of a file of keys into a folder, checked as a sync checks them,
 * with or without an index of each one's rows.
 *
 *     checked_files.ts URL KEYS FOLDER indexed|plain
 *
 * @module
 */
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const [endpointUrl = "", file = "", folder = "", way = ""] = Deno.args;
const keys: string[] = JSON.parse(await Deno.readTextFile(file));
const rowIndex = way === "indexed";
await using downloader = new AsyncS3Downloader(CREDENTIALS, {
  endpointUrl,
  allowSyncIO: true, // this program has nothing else to do
});
await report(async () => {
  const files = await Promise.all(
    keys.map((key) =>
      downloader.downloadToFile("flatfiles", key, `${folder}/${key}`, {
        decompress: false,
        sha256: true,
        rowIndex,
      })
    ),
  );
  if (files.some((file) => (file.rowIndex !== undefined) !== rowIndex)) {
    throw new Error("Not what was asked for");
  }
  return { bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
});
