import { assertEquals, assertRejects } from "@std/assert";
import { IntegrityError } from "../../src/base/mod.ts";
import { bytesSource } from "../../src/gzip/mod.ts";
import { DuckDB, readParquetFooter } from "../../src/rows/mod.ts";
import { makeFolder } from "../support/folder.ts";

/** A Parquet file of 10,000 rows in groups, with values of many types. */
async function makeFile(): Promise<Uint8Array<ArrayBuffer>> {
  await using folder = await makeFolder();
  await using duckdb = await DuckDB.start({
    folders: [folder.path],
    temporaryFolder: `${folder.path}/spilled`,
  });
  const path = `${folder.path}/it.parquet`;
  await duckdb.run(
    `COPY (SELECT range AS i, range / 2 AS d, range::VARCHAR AS t, range % 2 = 0 AS b,
             [range] AS l, {'a': range} AS s, make_timestamp_ns(range) AS n
           FROM range(10_000))
     TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 4096, KV_METADATA {a: 'b'})`,
  );
  return await Deno.readFile(path);
}

Deno.test("readParquetFooter() counts rows, and finds what is no whole Parquet file", async () => {
  const bytes = await makeFile();
  const read = (bytes: Uint8Array<ArrayBuffer>) =>
    readParquetFooter(bytesSource(bytes), "it.parquet");
  assertEquals(await read(bytes), { rows: 10_000, groups: [4096, 4096, 1808] });
  const { length } = bytes;
  for (
    const [damaged, reason] of [
      [bytes.subarray(0, length - 1), "it does not end as a Parquet file does"],
      [bytes.subarray(0, 5), "it has 5 bytes, too few for a Parquet file"],
      [
        bytes.with(length - 5, 255),
        "it does not end as a Parquet file does",
      ],
      // A footer that begins elsewhere.
      [bytes.with(length - 8, (bytes.at(-8) ?? 0) ^ 16), /it /],
    ] as const
  ) {
    const error = await assertRejects(() => read(damaged), IntegrityError);
    const start = "Cannot read the footer of 'it.parquet': ";
    assertEquals(error.message.startsWith(start), true);
    if (typeof reason === "string") {
      assertEquals(error.message, start + reason);
    }
  }
});
