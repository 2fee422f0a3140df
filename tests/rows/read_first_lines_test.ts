import { assertEquals } from "@std/assert";
import { readFirstLines } from "../../src/rows/mod.ts";
import { csv, gzip } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

Deno.test("readFirstLines() reads as many lines as wanted, or as there are", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/day.csv.gz`;
  const content = csv(3000);
  await Deno.writeFile(path, await gzip(content));
  const lines = new TextDecoder().decode(content).trimEnd().split("\n");
  const read = (count: number) => Array.fromAsync(readFirstLines(path, count));
  assertEquals(await read(0), []);
  assertEquals(await read(2), lines.slice(0, 2));
  assertEquals(await read(lines.length + 1), lines);
});
