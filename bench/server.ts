/**
 * A server of the benchmark's own, for machines without nginx: bodies in memory, GET,
 * HEAD, Range and ListObjectsV2. It runs in a process of its own.
 *
 *     deno run -A bench/server.ts PORT OBJECTS LISTINGS
 *
 * The listings folder also holds `etags.json`, an object from keys to MD5s.
 *
 * @module
 */
const [port = "", objects = "", listings = ""] = Deno.args;
/** Larger objects are read from their files. */
const MAX_IN_MEMORY = 300e6;

interface Known {
  size: number;
  etag: string;
  modified: string;
  path: string;
}

const bodies = new Map<string, Uint8Array<ArrayBuffer>>();
const known = new Map<string, Known>();

Deno.serve(
  { hostname: "127.0.0.1", port: Number(port), onListen() {} },
  async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const key = decodeURIComponent(pathname).replace(/^\/flatfiles\/?/, "");
    return key === ""
      ? await list(searchParams)
      : await answer(request, key).catch(() => error(404, "NoSuchKey"));
  },
);

async function list(query: URLSearchParams): Promise<Response> {
  const prefix = encodeURIComponent(query.get("prefix") ?? "");
  const mode = query.get("delimiter") ? "d" : "n";
  const token = query.get("continuation-token") ?? "first";
  const page = await Deno.readFile(`${listings}/${prefix}.${mode}.${token}.xml`)
    .catch(() => Deno.readFile(`${listings}/empty.xml`));
  return new Response(page, { headers: { "content-type": "application/xml" } });
}

async function answer(request: Request, key: string): Promise<Response> {
  const object = await lookUp(key);
  const headers = new Headers({
    "accept-ranges": "bytes",
    "content-type": "application/gzip",
    "etag": object.etag,
    "last-modified": object.modified,
  });
  const wanted = request.headers.get("if-match");
  if (wanted !== null && wanted !== object.etag) {
    return error(412, "PreconditionFailed");
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(Number(range?.[2] || object.size) + 1, object.size);
  if (range !== null && start >= object.size) return error(416, "InvalidRange");
  if (range !== null) {
    headers.set("content-range", `bytes ${start}-${end - 1}/${object.size}`);
  }
  headers.set("content-length", `${end - start}`);
  const body = request.method === "HEAD"
    ? null
    : await bodyOf(key, object, start, end);
  return new Response(body, { status: range === null ? 200 : 206, headers });
}

async function lookUp(key: string): Promise<Known> {
  let object = known.get(key);
  if (object === undefined) {
    const path = `${objects}/flatfiles/${key}`;
    const { size, mtime, isFile } = await Deno.stat(path);
    if (!isFile) throw new Deno.errors.NotFound();
    const modified = mtime ?? new Date();
    const etags: Record<string, string> = JSON.parse(
      await Deno.readTextFile(`${listings}/etags.json`),
    );
    object = {
      size,
      etag: `"${etags[key] ?? `${modified.getTime().toString(16)}-2`}"`,
      modified: modified.toUTCString(),
      path,
    };
    known.set(key, object);
  }
  return object;
}

async function bodyOf(
  key: string,
  { size, path }: Known,
  start: number,
  end: number,
): Promise<BodyInit> {
  if (size <= MAX_IN_MEMORY) {
    let bytes = bodies.get(key);
    if (bytes === undefined) {
      bytes = await Deno.readFile(path);
      bodies.set(key, bytes);
    }
    return bytes.subarray(start, end);
  }
  const file = await Deno.open(path);
  await file.seek(start, Deno.SeekMode.Start);
  let left = end - start;
  return new ReadableStream({
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(left, 1 << 20));
      const read = left === 0 ? null : await file.read(buffer);
      if (read === null) {
        file.close();
        controller.close();
        return;
      }
      left -= read;
      controller.enqueue(buffer.subarray(0, read));
    },
    cancel: () => file.close(),
  });
}

function error(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code></Error>`, {
    status,
    headers: { "content-type": "application/xml" },
  });
}
