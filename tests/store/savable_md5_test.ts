import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { SavableMd5 } from "../../src/store/savable_md5.ts";
import { noise } from "../support/data.ts";

const content = noise(200_000);

Deno.test("SavableMd5 is MD5, and goes on from what was saved at any byte", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 80_000 }), { maxLength: 6 }),
    (lengths) => {
      const expected = createHash("md5");
      let hash = SavableMd5.open();
      let at = 0;
      for (const length of lengths) {
        const piece = content.subarray(at, at + length);
        hash?.update(piece);
        expected.update(piece);
        at += piece.length;
        const text = JSON.stringify(hash?.save());
        assertEquals(JSON.parse(text).length, at);
        hash = SavableMd5.open(JSON.parse(text));
      }
      assertEquals(hash?.digest(), expected.digest("hex"));
    },
  ));
});
