import { assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { setUp } from "../_mirror.ts";

Deno.test("Mirror.open() removes what killed shards have left in .flatbed, and nothing that is being written", async () => {
  await using setup = await setUp();
  const state = `${setup.folder.path}/.flatbed`;
  const left = [
    "journals/1-of-2-00000000000-a.ndjson.part",
    "listings/stocks_daily/2024-2024.json.claim",
    "listings/stocks_daily/2024-2024.json.0-1.part",
    "shards/flatbed-sync/1-of-2.json.0-1.part",
  ];
  const kept = "shards/flatbed-sync/1-of-2.json";
  const now = Date.now();
  const make = async (name: string, age: number) => {
    await Deno.mkdir(dirname(`${state}/${name}`), { recursive: true });
    await Deno.writeTextFile(`${state}/${name}`, "x");
    const time = (now - age) / 1000;
    await Deno.utime(`${state}/${name}`, time, time);
  };
  const DAY = 24 * 60 * 60 * 1000;
  for (const name of left) {
    await make(name, DAY);
    await make(`${dirname(name)}/new-${name.split("/").at(-1)}`, 0);
  }
  await make(kept, DAY);
  const there = () =>
    ["journals", "listings/stocks_daily", "shards/flatbed-sync"].flatMap(
      (folder) =>
        [...Deno.readDirSync(`${state}/${folder}`)].map(({ name }) =>
          `${folder}/${name}`
        ),
    ).toSorted();
  const before = there();
  for (
    const options of [{ readOnly: true }, { shard: { index: 1, count: 2 } }]
  ) {
    await (await setup.open(options))[Symbol.asyncDispose]();
    assertEquals(there(), before);
  }
  await (await setup.open())[Symbol.asyncDispose]();
  assertEquals(there(), before.filter((name) => !left.includes(name)));
});
