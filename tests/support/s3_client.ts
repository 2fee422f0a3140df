import { sha256 } from "./hash.ts";
import { DEMO_CREDENTIALS } from "../../src/demo/mod.ts";

const encoder = new TextEncoder();

/** What differs from a right request. */
export interface SignedFetchOptions {
  method?: string;
  headers?: Record<string, string>;
  accessKeyId?: string;
  secretAccessKey?: string;
  date?: Date;
  region?: string;
  service?: string;
  /** The path and query that are sent in the place of the signed ones. */
  sendInstead?: string;
  /** Leaves this header out of the signature. */
  leaveUnsigned?: string;
  signal?: AbortSignal;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string) {
  const imported = await crypto.subtle.importKey(
    "raw",
    key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return new Uint8Array(
    await crypto.subtle.sign("HMAC", imported, encoder.encode(text)),
  );
}

/** The headers that sign a request for a path and query that are encoded already. */
export async function sign(
  url: string,
  options: SignedFetchOptions = {},
): Promise<Record<string, string>> {
  const {
    method = "GET",
    accessKeyId = DEMO_CREDENTIALS.accessKeyId,
    secretAccessKey = DEMO_CREDENTIALS.secretAccessKey,
    date = new Date(),
    region = "us-east-1",
    service = "s3",
    leaveUnsigned,
  } = options;
  const { host } = new URL(url);
  const [path = "", query = ""] = url.slice(url.indexOf(host) + host.length)
    .split("?");
  const amzDate = date.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = amzDate.slice(0, 8);
  const payload = sha256("");
  const headers: Record<string, string> = {
    "x-amz-date": amzDate,
    "x-amz-content-sha256": payload,
    ...options.headers,
  };
  const signed = Object.entries({ host, ...headers })
    .filter(([name]) => name !== leaveUnsigned)
    .sort(([a], [b]) => a < b ? -1 : 1);
  const names = signed.map(([name]) => name).join(";");
  const canonical = [
    method,
    path,
    query.split("&").filter(Boolean)
      .map((pair) => pair.includes("=") ? pair : `${pair}=`).sort().join("&"),
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonical)]
    .join("\n");
  let key = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of [day, region, service, "aws4_request"]) {
    key = await hmac(key, part);
  }
  const signature = (await hmac(key, toSign)).toHex();
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** What differs from a right presigned URL. */
export interface PresignOptions
  extends Pick<SignedFetchOptions, "accessKeyId" | "secretAccessKey" | "date"> {
  /** How long it is valid, in seconds. */
  expires?: number | string;
  /** Parameters besides, in the order of their names. */
  parameters?: Record<string, string>;
}

/** A URL that is signed in its query, for a path that is encoded already. */
export async function presign(
  url: string,
  options: PresignOptions = {},
): Promise<string> {
  const {
    accessKeyId = DEMO_CREDENTIALS.accessKeyId,
    secretAccessKey = DEMO_CREDENTIALS.secretAccessKey,
    date = new Date(),
    expires = 60,
    parameters = {},
  } = options;
  const { host, pathname } = new URL(url);
  const amzDate = date.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = amzDate.slice(0, 8);
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const query = Object.entries({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scope}`,
    "X-Amz-Date": amzDate,
    "X-Amz-Expires": String(expires),
    "X-Amz-SignedHeaders": "host",
    ...parameters,
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).sort()
    .join("&");
  const canonical = [
    ...["GET", pathname, query, `host:${host}`],
    ...["", "host", "UNSIGNED-PAYLOAD"],
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonical)]
    .join("\n");
  let key = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of [day, "us-east-1", "s3", "aws4_request"]) {
    key = await hmac(key, part);
  }
  return `${url}?${query}&X-Amz-Signature=${(await hmac(key, toSign)).toHex()}`;
}

/** Fetches a path and query, signed. */
export async function signedFetch(
  server: { readonly url: string },
  path: string,
  options: SignedFetchOptions = {},
): Promise<Response> {
  const headers = await sign(server.url + path, options);
  return await fetch(server.url + (options.sendInstead ?? path), {
    method: options.method,
    headers,
    signal: options.signal,
  });
}

/** The bytes of an answer that is to be right. */
export async function bytesOf(
  response: Response,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) {
    throw new Error(`${response.status} ${new TextDecoder().decode(bytes)}`);
  }
  return bytes;
}

/** All contents of an XML element, with the five entities read. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))]
    .map(([, text = ""]) =>
      text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"').replaceAll("&apos;", "'")
        .replaceAll("&amp;", "&")
    );
}

/** The content of the only XML element of a name. */
export function elementOf(xml: string, name: string): string {
  const [first, ...more] = elements(xml, name);
  if (first === undefined || more.length > 0) {
    throw new Error(`${more.length + (first ? 1 : 0)} ${name} in ${xml}`);
  }
  return first;
}

/** Unpacks gzip in one piece. */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await new Response(
      new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
    ).arrayBuffer(),
  );
}
