import { FlatbedError } from "../base/mod.ts";
import type { Part } from "./upload_part_cutter.ts";

/** A part that the service has. */
export interface StoredPart {
  number: number;
  /** Its ETag, without quotes. */
  etag: string;
  /** Its CRC-32 in base64, where the service has checked one. */
  crc32: string | undefined;
}

/** A part of a listing of parts. */
export interface ListedPart extends StoredPart {
  /** In bytes. */
  size: number;
}

/** The requests that putting one object is made of. Each is retried by itself. */
export interface PutRequests {
  /** Puts a whole object, and returns its ETag. */
  put(bytes: Uint8Array, signal: AbortSignal): Promise<string>;
  /** Begins an upload in parts, and returns its id. */
  begin(signal: AbortSignal): Promise<string>;
  putPart(
    uploadId: string,
    part: Pick<Part, "number" | "bytes">,
    signal: AbortSignal,
  ): Promise<StoredPart>;
  listParts(uploadId: string, signal: AbortSignal): Promise<ListedPart[]>;
  /** Makes the object of its parts, and returns its ETag. */
  complete(
    uploadId: string,
    parts: readonly StoredPart[],
    signal: AbortSignal,
  ): Promise<string>;
  /** Deletes the parts; tried once where `isHurried`. */
  abort(uploadId: string, isHurried: boolean): Promise<void>;
}

/** Whether an error says that an upload in parts has ended: completed or aborted. */
export function isNoUpload(error: unknown): boolean {
  return error instanceof FlatbedError && error.serviceCode === "NoSuchUpload";
}
