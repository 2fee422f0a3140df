import { assertEquals } from "@std/assert";
import { fitHelp } from "../../src/cli/fit_help.ts";

Deno.test("fitHelp wraps paragraphs that are too wide, and leaves lists and commands as they are", () => {
  const text = [
    "Usage: x",
    "",
    "One two three",
    "four.",
    "",
    "Five",
    "six.",
    "",
    "Examples:",
    "  a very long command",
    "",
  ].join("\n");
  assertEquals(fitHelp(text, 13), text);
  assertEquals(
    fitHelp(text, 9),
    [
      ...["Usage: x", "", "One two", "three", "four.", "", "Five", "six."],
      ...["", "Examples:", "  a very long command", ""],
    ].join("\n"),
  );
});
