/** What the package's entry points export. */
import { assertEquals } from "@std/assert";
import * as root from "../../mod.ts";
import * as calendar from "../../src/calendar/mod.ts";
import * as catalog from "../../catalog.ts";
import * as download from "../../download.ts";
import * as gzip from "../../gzip.ts";
import * as mirror from "../../mirror.ts";
import * as rows from "../../rows.ts";

Deno.test("./mirror exports the mirror and its errors, and no downloader", () => {
  assertEquals(Object.keys(mirror).sort(), [
    "FlatbedError",
    "Mirror",
    "MirrorBusyError",
    "MirrorDamagedError",
    "NoSpaceError",
    "NotEnoughSpaceError",
    "isAsFetched",
  ]);
});

Deno.test("the root exports what the entry points do", () => {
  assertEquals(
    { ...root },
    { ...calendar, ...catalog, ...download, ...gzip, ...mirror, ...rows },
  );
  const internal = Object.keys(root).filter((name) =>
    /^(assert|check)[A-Z]/.test(name)
  );
  assertEquals(internal, []);
});

Deno.test("./catalog exports what is for users, and not what only rooms use", () => {
  assertEquals(Object.keys(catalog).sort(), [
    "DATASETS",
    "S3Catalog",
    "SERVICE_HOSTS",
    "absenceOf",
    "dueAt",
    "explainAbsence",
    "explainRefusal",
    "getColumnType",
    "getColumns",
    "getDataset",
    "getFileDates",
    "getFileDay",
    "isDue",
    "isOfShard",
    "lastDueDate",
    "newYorkDate",
    "newYorkMidnight",
    "parseShard",
    "readPrefix",
    "shardOf",
    "suggestDataTypes",
    "toKey",
    "toLayout",
  ]);
});

Deno.test("./rows and ./gzip export what is for users, and not what only rooms use", () => {
  assertEquals(Object.keys(rows).sort(), [
    "DuckDBError",
    "DuckDBUnavailableError",
    "IndexError",
    "NotIndexable",
    "RowError",
    "SqlResult",
    "columnsOf",
    "decodeRowIndex",
    "encodeRowIndex",
    "indexRows",
    "openIndexed",
    "selectIndexed",
    "selectRows",
    "tallyTickers",
    "writeRows",
  ]);
  assertEquals(Object.keys(gzip).sort(), [
    "Decompressor",
    "FlatbedError",
    "GzipError",
    "IntegrityError",
    "TooLargeError",
    "bytesSource",
    "decompressSync",
    "exportGzidx",
    "findGzipFault",
    "gunzip",
    "indexGzip",
    "readIndexed",
  ]);
});
