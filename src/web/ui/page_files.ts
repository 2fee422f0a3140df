/** A file of the page, as it is sent. */
interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same in gzip. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

let files: Promise<ReadonlyMap<string, PageFile>> | undefined;

/** The paths of the page's files. */
export const PAGE_PATHS: readonly string[] = ["/", "/page.js", "/page.css"];

/**
 * Answers with a file of the page, which browsers keep and ask for again by its ETag.
 *
 * @param path One of {@linkcode PAGE_PATHS}.
 * @param request The request.
 */
export async function pageAnswer(
  path: string,
  { headers }: Request,
): Promise<Response> {
  const file = (await (files ??= pack())).get(path);
  if (file === undefined) throw new RangeError(`The page has no ${path}`);
  const { type, etag } = file;
  const given = {
    "content-type": type,
    etag,
    "cache-control": "no-cache",
    vary: "accept-encoding",
  };
  if (headers.get("if-none-match")?.split(/,\s*/).includes(etag)) {
    return new Response(null, { status: 304, headers: given });
  }
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i
    .test(headers.get("accept-encoding") ?? "");
  return takesGzip
    ? new Response(file.gzip, {
      headers: { ...given, "content-encoding": "gzip" },
    })
    : new Response(file.bytes, { headers: given });
}

async function pack(): Promise<ReadonlyMap<string, PageFile>> {
  const { PAGE_HTML, PAGE_SCRIPT, PAGE_STYLE } = await import(
    "./_page_module.ts"
  );
  const texts = [
    ["/", "text/html", PAGE_HTML],
    ["/page.js", "text/javascript", PAGE_SCRIPT],
    ["/page.css", "text/css", PAGE_STYLE],
  ] as const;
  return new Map(
    await Promise.all(texts.map(async ([path, type, text]) => {
      const bytes = new TextEncoder().encode(text);
      const gzip = new Uint8Array(
        await new Response(
          new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")),
        ).arrayBuffer(),
      );
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return [path, {
        type: `${type}; charset=utf-8`,
        bytes,
        gzip,
        // Weak, as the bytes differ by the encoding.
        etag: `W/"${hash.toHex().slice(0, 32)}"`,
      }] as const;
    })),
  );
}
