import { assertEquals } from "@std/assert";
import { spaceForAll } from "../../src/files/file_space.ts";

/** A file that is new, or replaces one, as stored or decompressed. */
function file(
  stored: number,
  old = 0,
  content = 0,
): Parameters<typeof spaceForAll>[0][number] {
  return { stored, content, old };
}

Deno.test("spaceForAll() adds what stays, and what those under way need besides", () => {
  const cases: [name: string, ...Parameters<typeof spaceForAll>, number][] = [
    ["nothing", [], 8, 0],
    ["new files", [file(100), file(50), file(7)], 2, 157],
    [
      "one replaced file: the old one is there until the end",
      [
        file(100, 100),
      ],
      8,
      100,
    ],
    [
      "a hundred replaced ones, two at once",
      Array(100).fill(file(10, 10)),
      2,
      20,
    ],
    ["replaced by larger ones", [file(30, 10), file(30, 10)], 1, 40 + 10],
    ["replaced by smaller ones", [file(10, 30), file(5, 30)], 1, 10],
    ["a file that arrived in part", [file(0, 100)], 8, 0],
    ["a decompressed one lies beside its object", [file(100, 0, 500)], 8, 600],
    [
      "decompressed ones, one at once",
      [file(100, 0, 500), file(80, 0, 400)],
      1,
      900 + 100,
    ],
    ["a replaced decompressed one", [file(100, 500, 500)], 8, 600],
  ];
  for (const [name, files, atOnce, needed] of cases) {
    assertEquals(spaceForAll(files, atOnce), needed, name);
  }
});
