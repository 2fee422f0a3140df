import { parseXML } from "@aws-sdk/xml-builder";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readListing } from "../../src/store/listing.ts";
import { check } from "./_check.ts";

/** Text as it stands in XML, each character in one of the ways in which it can be written. */
const written = fc.array(
  fc.oneof(
    fc.constantFrom("a", "/", ".gz", " ", "é", "😀", "\t", "\n", "-", "'", '"'),
    fc.constantFrom("&quot;", "&amp;", "&apos;", "&lt;", "&gt;"),
    fc.constantFrom("&amp;amp;", "&#65;", "&#xE9;", "&amp;#65;", "]]", "="),
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

/** What a listing says, or that something is wrong with it. */
function read(text: string): unknown {
  try {
    return readListing(text, "the/prefix/");
  } catch {
    return "refused";
  }
}

type Fields = Record<string, unknown>;

/** The same, of what the AWS SDK's XML reader makes of it. */
function readByOracle(text: string): unknown {
  const textOf = (value: unknown) => typeof value === "string" ? value : "";
  const listOf = (value: unknown) => [value ?? []].flat() as Fields[];
  let result: Fields;
  try {
    result = parseXML(text).ListBucketResult;
  } catch {
    return "refused";
  }
  const token = textOf(result.NextContinuationToken);
  if (result.IsTruncated === "true" && token === "") return "refused";
  const objects = listOf(result.Contents).map((fields) => ({
    key: textOf(fields.Key),
    size: Number(textOf(fields.Size).trim() || NaN),
    etag: textOf(fields.ETag).replace(/^"(.*)"$/, "$1"),
    lastModified: textOf(fields.LastModified) === ""
      ? undefined
      : new Date(textOf(fields.LastModified)),
  }));
  const isBad = objects.some(({ key, size, lastModified }) =>
    key === "" || !Number.isSafeInteger(size) || size < 0 ||
    lastModified !== undefined && isNaN(lastModified.getTime())
  );
  if (isBad) return "refused";
  return {
    objects,
    folders: listOf(result.CommonPrefixes).map(({ Prefix }) => textOf(Prefix)),
    nextToken: result.IsTruncated === "false" || token === ""
      ? undefined
      : token,
  };
}

Deno.test("readListing() reads what the AWS SDK's XML reader does", async () => {
  await check(
    fc.property(page, ({ before, after }) => {
      const text = before + after;
      // That reader drops a text of nothing but space, which is a key like others.
      fc.pre(!/<Key>\s+<\/Key>/.test(text));
      assertEquals(read(text), readByOracle(text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("readListing() reads each form in which XML can say the same", () => {
  const object = {
    key: "a<b>&\u{1F600}",
    size: 5,
    etag: "0",
    lastModified: undefined,
  };
  const ns = "http://s3.amazonaws.com/doc/2006-03-01/";
  for (
    const text of [
      `<ListBucketResult><Contents><Key>a&lt;b&gt;&amp;\u{1F600}</Key><Size>5</Size><ETag>"0"</ETag></Contents></ListBucketResult>`,
      `\ufeff<?xml version="1.0"?>\n<s3:ListBucketResult xmlns:s3="${ns}"><s3:Contents><s3:Key>a&#60;b&#x3e;&amp;&#x1f600;</s3:Key><s3:Size> 5 </s3:Size><s3:ETag>&quot;0&quot;</s3:ETag></s3:Contents></s3:ListBucketResult>\n`,
      `<ListBucketResult ><!-- <Contents> --><Contents at="a>b" ><Key><![CDATA[a<b>]]>&amp;<!-- -->&#128512;</Key ><Size>5</Size><ETag>&#34;0&#34;</ETag><Owner><Key>x</Key></Owner></Contents\n></ListBucketResult><?end?>`,
      `<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%3Cb%3E%26%F0%9F%98%80</Key><Size>5</Size><ETag>0</ETag></Contents></ListBucketResult>`,
    ]
  ) assertEquals(readListing(text, "a").objects, [object], text);
  assertEquals(readListing("<ListBucketResult/>", "a"), {
    objects: [],
    folders: [],
    nextToken: undefined,
  });
  assertEquals(
    readListing(
      "<ListBucketResult><EncodingType>url</EncodingType><CommonPrefixes><Prefix>a+b/</Prefix></CommonPrefixes></ListBucketResult>",
      "a",
    ).folders,
    ["a b/"],
  );
});

Deno.test("readListing() refuses what is not well-formed, or no listing", () => {
  const plain = "<Contents><Key>a</Key><Size>1</Size></Contents>";
  const wrap = (text: string) => `<ListBucketResult>${text}</ListBucketResult>`;
  assertEquals(readListing(wrap(plain), "a").objects.length, 1);
  for (
    const text of [
      "",
      "text",
      "<Error/>",
      wrap(plain).slice(0, -1),
      wrap(plain) + wrap(plain),
      `${wrap(plain)}text`,
      wrap("<Contents>"),
      wrap("</Contents>"),
      wrap("<a><b></a></b>"),
      wrap("<a b=c/>"),
      wrap("<a b='<'/>"),
      wrap("<>"),
      wrap("<!-- "),
      wrap("<![CDATA[ "),
      wrap("&nbsp;"),
      wrap("&"),
      wrap("&#xD800;"),
      wrap("&#x110000;"),
      wrap("&constructor;"),
      `<!DOCTYPE a [<!ENTITY b "c">]>${wrap(plain)}`,
      wrap("<!ENTITY b 'c'>"),
      wrap("<a>".repeat(40) + "</a>".repeat(40)),
      wrap("<Contents><Key>a</Key><Key>b</Key><Size>1</Size></Contents>"),
      wrap("<Contents><Key>a<b/></Key><Size>1</Size></Contents>"),
      wrap("<Contents>a</Contents>"),
      wrap("<Contents/>"),
      wrap("<CommonPrefixes/>"),
    ]
  ) assertEquals(read(text), "refused", text);
});
