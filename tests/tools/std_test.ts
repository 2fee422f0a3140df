import { assertEquals } from "@std/assert";

Deno.test("placeholder", () => assertEquals(1, 1));
