import { type BenchObject, LAST_MODIFIED } from "./data.ts";

/** How many keys a page has. */
const PAGE = 1000;

/**
 * Writes the answers to `ListObjectsV2` as files, one for each page of each prefix that
 * ends with a slash, with and without a delimiter. Each is named
 * `{prefix as in the query}.{d or n}.{token, or first}.xml`.
 */
export async function writeListings(
  objects: readonly BenchObject[],
  folder: string,
): Promise<void> {
  const sorted = objects.toSorted((a, b) => a.key < b.key ? -1 : 1);
  const prefixes = new Map<string, BenchObject[]>();
  for (const object of sorted) {
    for (
      let slash = object.key.indexOf("/");
      slash > 0;
      slash = object.key.indexOf("/", slash + 1)
    ) {
      const prefix = object.key.slice(0, slash + 1);
      const under = prefixes.get(prefix);
      if (under === undefined) prefixes.set(prefix, [object]);
      else under.push(object);
    }
  }
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/empty.xml`, page("", [], [], undefined));
  for (const [prefix, under] of prefixes) {
    await writePages(folder, prefix, "n", under, []);
    const here: BenchObject[] = [];
    const folders = new Set<string>();
    for (const object of under) {
      const slash = object.key.indexOf("/", prefix.length);
      if (slash < 0) here.push(object);
      else folders.add(object.key.slice(0, slash + 1));
    }
    await writePages(folder, prefix, "d", here, [...folders]);
  }
}

async function writePages(
  folder: string,
  prefix: string,
  mode: "d" | "n",
  objects: readonly BenchObject[],
  folders: readonly string[],
): Promise<void> {
  const name = `${folder}/${encodeURIComponent(prefix)}.${mode}`;
  let token = "first";
  for (let at = 0; at === 0 || at < objects.length; at += PAGE) {
    const next = at + PAGE < objects.length ? `page${at + PAGE}` : undefined;
    await Deno.writeTextFile(
      `${name}.${token}.xml`,
      page(prefix, objects.slice(at, at + PAGE), folders, next),
    );
    token = next ?? "";
  }
}

/** One page. Keys hold nothing that XML or a URL would want to be escaped. */
function page(
  prefix: string,
  objects: readonly BenchObject[],
  folders: readonly string[],
  next: string | undefined,
): string {
  const modified = LAST_MODIFIED.toISOString();
  const contents = objects.map(({ key, size, md5 = "opaque-2" }) =>
    `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><ETag>&quot;${md5}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  ).join("");
  const common = folders.map((folder) =>
    `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`
  ).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>flatfiles</Name><Prefix>${prefix}</Prefix><KeyCount>${
    objects.length + folders.length
  }</KeyCount><MaxKeys>${PAGE}</MaxKeys><IsTruncated>${
    next !== undefined
  }</IsTruncated>${
    next === undefined
      ? ""
      : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${contents}${common}</ListBucketResult>
`;
}
