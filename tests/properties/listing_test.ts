import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readListing, takeEntries } from "../../src/store/listing.ts";
import { check } from "./_check.ts";

/** Text as it stands in XML, each character in one of the ways in which it can be written. */
const written = fc.array(
  fc.oneof(
    fc.constantFrom("a", "/", ".gz", " ", "é", "😀", "\t", "\n", "-", "'", '"'),
    fc.constantFrom("&quot;", "&amp;", "&apos;", "&lt;", "&gt;"),
    fc.constantFrom("&amp;amp;", "&#65;", "&#x1F600;", "&amp;#65;", "]]", "="),
  ),
  { minLength: 1, maxLength: 6 },
).map((pieces) => pieces.join(""));

const space = fc.constantFrom("", "", "", " ", "\n  ");

const entry = fc.record({
  key: written,
  size: fc.oneof(fc.nat().map(String), fc.constantFrom("-1", " 5 ", "x", "")),
  etag: fc.constantFrom("&quot;0123&quot;", '"0123"', "0123", "&#34;0123&#34;"),
  date: fc.constantFrom("2024-01-02T03:04:05.000Z", "yesterday", ""),
  odd: fc.oneof(
    { weight: 12, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "<Owner><ID>a</ID><DisplayName>b</DisplayName></Owner>",
        "<Key>twice</Key>",
        "<StorageClass/>",
        "<!-- <Contents> -->",
        "<![CDATA[</Contents>]]>",
        "<Size a='b'>7</Size>",
        "and text",
        "<constructor>x</constructor>",
        "<Owner><Key>inner</Key></Owner>",
      ),
    },
  ),
  space,
}).map(({ key, size, etag, date, odd, space }) =>
  `<Contents>${space}<Key>${key}</Key>${space}` +
  `<LastModified>${date}</LastModified>${odd}<ETag>${etag}</ETag>${space}` +
  `<Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>${space}`
);

const page = fc.tuple(
  fc.array(entry, { maxLength: 4 }),
  fc.constantFrom(
    "",
    "<NextContinuationToken>t&amp;1</NextContinuationToken>",
    "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>",
    "<Contents a='b'><Key>x</Key><Size>1</Size></Contents>",
    "<Contents/>",
    "<Other><Contents><Key>x</Key><Size>1</Size></Contents></Other>",
    "<Other><Deep/>",
    "<Prefix>a/</Prefix>",
  ),
  fc.boolean(),
).map(([entries, more, isTruncated]) => ({
  before: `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    `<IsTruncated>${isTruncated}</IsTruncated>${more}${entries.join("")}`,
  after: "</ListBucketResult>",
}));

/** What a listing says, or what is wrong with it. */
function read(text: string): unknown {
  try {
    return readListing(text, "the/prefix/");
  } catch (error) {
    return String(error);
  }
}

Deno.test("readListing() has the same entries with and without the XML reader", async () => {
  await check(
    fc.property(page, ({ before, after }) => {
      // With a comment in it, all of it is the reader's.
      const byReader = `${before}<!-- -->${after}`;
      assertEquals(takeEntries(byReader).entries, undefined);
      assertEquals(read(before + after), read(byReader));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("takeEntries() takes what is written plainly, and nothing else", () => {
  const plain = "<Contents><Key>a&amp;b</Key>\n<Size>1</Size></Contents>";
  const [begin, end] = ["<ListBucketResult>", "</ListBucketResult>"];
  assertEquals(takeEntries(`${begin}<N/>${plain}\n${plain}<M>1</M>${end}`), {
    entries: Array(2).fill({ Key: "a&b", Size: "1" }),
    rest: `${begin}<N/><M>1</M>${end}`,
  });
  for (
    const odd of [
      "",
      "<Contents>",
      "<Contents><Key>a</Key>",
      "<Contents><Key>a</Key><Key>b</Key></Contents>",
      "<Contents><Key>&#65;</Key></Contents>",
      "<Contents><Key a='b'>a</Key></Contents>",
      "<Contents><Key/></Contents>",
      "<Contents>a</Contents>",
      `${plain}<Contents />`,
      `${plain}<!-- -->`,
      `${plain}<Contents><Key>a</Key>b</Contents>`,
      `<Other>${plain}</Other>`,
      `${plain}<Other>${plain}</Other>`,
      `<Other a=">">${plain}</Other>`,
    ]
  ) {
    const text = begin + odd + end;
    assertEquals(takeEntries(text), { rest: text });
  }
  const other = `<Other>${plain}</Other>`;
  assertEquals(takeEntries(other), { rest: other });
});
