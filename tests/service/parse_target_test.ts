import { assertEquals, assertThrows } from "@std/assert";
import { parseTarget, S3Error } from "../../src/service/mod.ts";

Deno.test("parseTarget() normalises nothing", () => {
  assertEquals(parseTarget("http://host/b/a/../c//d%2Fe+f?x=1+2&y&x=%20"), {
    rawPath: "/b/a/../c//d%2Fe+f",
    query: [["x", "1 2"], ["y", ""], ["x", " "]],
    bucket: "b",
    key: "a/../c//d/e+f",
  });
  assertEquals(parseTarget("http://host").bucket, "");
  assertEquals(parseTarget("http://host/bucket").bucket, "bucket");
  assertEquals(parseTarget("http://host/bucket/").key, "");
});

Deno.test("parseTarget() refuses broken percent-encoding", () => {
  for (const url of ["http://h/b/%", "http://h/b/%ff", "http://h/b?x=%zz"]) {
    const error = assertThrows(() => parseTarget(url), S3Error);
    assertEquals(error.code, "InvalidURI");
  }
});
