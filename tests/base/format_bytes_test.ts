import { assertEquals } from "@std/assert";
import { formatDifferentBytes } from "../../src/base/mod.ts";

Deno.test("formatDifferentBytes goes to the byte where rounding would make sizes the same", () => {
  assertEquals(formatDifferentBytes(18_357_114, 20_000_000), [
    "18.4 MB",
    "20.0 MB",
  ]);
  assertEquals(formatDifferentBytes(18_357_114, 18_357_115), [
    "18357114 bytes",
    "18357115 bytes",
  ]);
});
