import { createHash } from "node:crypto";
import { ServiceError } from "../base/mod.ts";
import type { ListedPart, StoredPart } from "./put_requests.ts";
import { readVersion } from "./read_answer.ts";
import { readXmlFields, type XmlFields } from "./xml_fields.ts";

/** The stored part by the headers of the answer to UploadPart. */
export function readPart(
  key: string,
  number: number,
  headers: Headers,
): StoredPart {
  const { etag } = readVersion(headers);
  if (etag === "") {
    throw new ServiceError(
      `Cannot upload '${key}': the service gave no ETag for part ${number}`,
      { key },
    );
  }
  const crc32 = headers.get("x-amz-checksum-crc32") ?? undefined;
  return { number, etag, crc32 };
}

/**
 * Reads a page of ListParts.
 *
 * @returns The parts, and the marker of the next page.
 * @throws {Error} If it is not well-formed, or incomplete.
 */
export function readPartList(
  text: string,
): { parts: ListedPart[]; next: string | undefined } {
  const { root, entries: { Part = [] } } = readXmlFields(text, ["Part"]);
  const isLast = root.get("IsTruncated")?.trim().toLowerCase() !== "true";
  return {
    parts: Part.map((fields) => ({
      number: Number(fieldOf(fields, "PartNumber")),
      etag: fieldOf(fields, "ETag").replaceAll('"', ""),
      size: Number(fieldOf(fields, "Size")),
      crc32: fields.get("ChecksumCRC32") ?? undefined,
    })),
    next: isLast ? undefined : fieldOf(root, "NextPartNumberMarker"),
  };
}

/**
 * A field of a document's root.
 *
 * @throws {Error} If it is not there.
 */
export function readField(text: string, name: string): string {
  return fieldOf(readXmlFields(text).root, name);
}

/** The ETag that S3 gives to an object of parts. */
export function etagOfParts(parts: readonly StoredPart[]): string {
  const hash = createHash("md5");
  for (const { etag } of parts) hash.update(etag, "hex");
  return `${hash.digest("hex")}-${parts.length}`;
}

function fieldOf(fields: XmlFields, name: string): string {
  const text = fields.get(name);
  if (text) return text;
  throw new Error(`it has no ${name}`);
}
