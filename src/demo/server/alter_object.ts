import { createHash } from "node:crypto";
import type { DamagedSourceFault, SourceFault } from "./fault.ts";
import type { StoredObject } from "../../service/mod.ts";

const NEWLINE = new TextEncoder().encode("\n");
/** Where the checksum is, from the end of gzip data on. */
const CHECKSUM = 8;

/** An object with what is wrong with it. */
export function alterObject(
  object: StoredObject,
  fault: SourceFault,
  key: string,
): StoredObject {
  return fault.kind === "encrypted"
    ? encrypted(object, fault.how ?? "aws:kms")
    : damaged(object, fault.how ?? "cut", key);
}

function encrypted(object: StoredObject, how: string): StoredObject {
  return {
    ...plain(object),
    // Such ETags are of the encrypted bytes, which nobody sees.
    get etag() {
      return hashOf(`${how} ${object.etag}`);
    },
    headers: how === "customer"
      ? {
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key-md5":
          "AAAAAAAAAAAAAAAAAAAAAA==",
      }
      : {
        "x-amz-server-side-encryption": how,
        "x-amz-server-side-encryption-aws-kms-key-id": "demo",
      },
  };
}

function damaged(
  object: StoredObject,
  how: NonNullable<DamagedSourceFault["how"]>,
  key: string,
): StoredObject {
  const kept = how === "empty"
    ? 0
    : how === "cut"
    ? object.size >> 1
    : object.size;
  const tail = how === "newline" ? NEWLINE : new Uint8Array();
  const wrongAt = how === "checksum" ? object.size - CHECKSUM : -1;
  const wrong = (bytes: Uint8Array, start: number) => {
    const at = wrongAt - start;
    if (at < 0 || at >= bytes.length) return bytes;
    return bytes.slice().with(at, (bytes[at] ?? 0) ^ 1);
  };
  const { bytes } = object;
  const own = bytes === undefined
    ? undefined
    : () => new Uint8Array([...wrong(bytes().subarray(0, kept), 0), ...tail]);
  return {
    ...plain(object),
    size: kept + tail.length,
    get etag() {
      return own === undefined
        ? `${hashOf(`${how} ${key} ${object.etag}`)}-2`
        : hashOf(own());
    },
    bytes: own,
    async *read(start, end) {
      let at = start;
      for await (const piece of readUpTo(object, start, Math.min(end, kept))) {
        yield wrong(piece, at);
        at += piece.length;
      }
      const rest = tail.subarray(
        Math.max(0, start - kept),
        Math.max(0, end - kept),
      );
      if (rest.length > 0) yield rest;
    },
  };
}

async function* readUpTo(
  object: StoredObject,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  if (start < end) yield* await object.read(start, end);
}

/** What an object has but its ETag, which is computed where it is asked for. */
function plain(object: StoredObject): Omit<StoredObject, "etag"> {
  const { size, lastModified, contentType, contentEncoding, headers, bytes } =
    object;
  return {
    size,
    lastModified,
    contentType,
    contentEncoding,
    headers,
    bytes,
    read: (start, end) => object.read(start, end),
  };
}

function hashOf(data: string | Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}
