import { concat } from "@std/bytes/concat";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { S3Error } from "../../service/mod.ts";
import type { StaticObject } from "./static_object.ts";

/** How small a part may be that is not the last one, in bytes. */
const MIN_PART_BYTES = 5 * 1024 * 1024;
/** The highest number of a part. */
const MAX_PARTS = 10_000;

/** A part that was uploaded. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Its CRC-32 in base64, where the request had one. */
  readonly crc32: string | undefined;
}

/** What a CompleteMultipartUpload request says of a part. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly crc32: string | undefined;
}

interface Upload {
  readonly key: string;
  readonly object: Omit<StaticObject, "body">;
  /** Whether each part must come with a CRC-32. */
  readonly hasChecksums: boolean;
  readonly parts: Map<number, Part>;
}

/** The uploads in parts that have begun. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  /** How many there are. */
  get size(): number {
    return this.#uploads.size;
  }

  /** Begins an upload, and returns its id. */
  begin(
    key: string,
    object: Omit<StaticObject, "body">,
    hasChecksums: boolean,
  ): string {
    const id = crypto.randomUUID();
    this.#uploads.set(id, { key, object, hasChecksums, parts: new Map() });
    return id;
  }

  /** Forgets an upload and its parts. */
  abort(key: string, id: string): void {
    this.#find(key, id);
    this.#uploads.delete(id);
  }

  /** Keeps a part, in the place of an earlier one of its number. */
  put(
    key: string,
    id: string,
    number: number,
    headers: Headers,
    bytes: Uint8Array,
  ): Part {
    const { hasChecksums, parts } = this.#find(key, id);
    if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
      throw invalid(
        "InvalidArgument",
        `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
      );
    }
    const part = {
      bytes,
      etag: checkBody(headers, bytes),
      crc32: headers.get("x-amz-checksum-crc32") ?? undefined,
    };
    if (hasChecksums && part.crc32 === undefined) {
      throw invalid(
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: null",
      );
    }
    parts.set(number, part);
    return part;
  }

  /** The parts of an upload, by their numbers. */
  parts(key: string, id: string): [number, Part][] {
    return [...this.#find(key, id).parts].sort(([a], [b]) => a - b);
  }

  /** The object that parts make, which ends the upload. */
  complete(key: string, id: string, named: readonly NamedPart[]): StaticObject {
    const { object, hasChecksums, parts } = this.#find(key, id);
    if (named.length === 0) {
      throw invalid("MalformedXML", "The XML you provided was not well-formed");
    }
    const chosen = named.map(({ number, etag, crc32 }, index) => {
      if (number <= (named[index - 1]?.number ?? 0)) {
        throw invalid(
          "InvalidPartOrder",
          "The list of parts was not in ascending order.",
        );
      }
      const part = parts.get(number);
      const isSame = part?.etag === etag &&
        crc32 === (hasChecksums ? part.crc32 : undefined);
      if (part === undefined || !isSame) {
        throw invalid(
          "InvalidPart",
          "One or more of the specified parts could not be found.",
        );
      }
      if (index < named.length - 1 && part.bytes.length < MIN_PART_BYTES) {
        throw invalid(
          "EntityTooSmall",
          "Your proposed upload is smaller than the minimum allowed size",
        );
      }
      return part;
    });
    this.#uploads.delete(id);
    const hash = createHash("md5");
    for (const { etag } of chosen) hash.update(etag, "hex");
    return {
      ...object,
      etag: `${hash.digest("hex")}-${chosen.length}`,
      body: concat(chosen.map(({ bytes }) => bytes)),
    };
  }

  #find(key: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.key === key) return upload;
    throw new S3Error(
      404,
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
      { fields: { UploadId: id } },
    );
  }
}

/**
 * Checks a body against the checksums that came with it, and returns its MD5.
 *
 * @throws {S3Error} If one does not match.
 */
export function checkBody(headers: Headers, bytes: Uint8Array): string {
  const md5 = createHash("md5").update(bytes).digest();
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32(bytes));
  const checks = [
    ["content-md5", md5.toString("base64")],
    ["x-amz-checksum-crc32", crc.toBase64()],
  ] as const;
  for (const [name, actual] of checks) {
    const said = headers.get(name);
    if (said !== null && said !== actual) {
      throw invalid(
        "BadDigest",
        `The ${name} you specified did not match what we received.`,
      );
    }
  }
  return md5.toString("hex");
}

function invalid(code: string, message: string): S3Error {
  return new S3Error(400, code, message);
}
