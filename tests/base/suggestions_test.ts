import { assertEquals } from "@std/assert";
import { didYouMean, editDistance, nearest } from "../../src/base/mod.ts";

Deno.test("editDistance counts what is inserted, removed, replaced or swapped", () => {
  const cases: [string, string, number][] = [
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "", 3],
    ["daily", "daily", 0],
    ["dialy", "daily", 1],
    ["sink", "sync", 2],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
    ["😀", "x", 1],
  ];
  for (const [one, other, distance] of cases) {
    assertEquals([one, other, editDistance(one, other)], [
      one,
      other,
      distance,
    ]);
    assertEquals(editDistance(other, one), distance);
  }
});

Deno.test("nearest finds a name whatever its case and separators, and nothing that is another word", () => {
  const names = ["maxRetries", "timeout", "endpointUrl", "from", "form"];
  assertEquals(nearest("max_retries", names), ["maxRetries"]);
  assertEquals(nearest("ENDPOINT-URL", names), ["endpointUrl"]);
  assertEquals(nearest("time_out", names), ["timeout"]);
  assertEquals(nearest("fro", names), ["from"]);
  assertEquals(nearest("fram", names), ["from"]);
  assertEquals(nearest("frob", ["from", "form", "frog"]), ["from", "frog"]);
  assertEquals(nearest("frobnicate", names), []);
  assertEquals(nearest("", names), []);
  assertEquals(nearest("--", names), []);
  assertEquals(nearest("x".repeat(1_000_000), names), []);
});

Deno.test("didYouMean offers up to four names", () => {
  assertEquals(didYouMean([]), "");
  assertEquals(didYouMean(["a"]), "; did you mean a?");
  assertEquals(didYouMean(["a", "b"]), "; did you mean a or b?");
  assertEquals(didYouMean(["a", "b", "c"]), "; did you mean a, b or c?");
  assertEquals(didYouMean(["a", "b", "c", "d", "e"]), "");
});
