import { createHash } from "node:crypto";
import { FlatbedError } from "../base/mod.ts";
import type { HttpDocument } from "./http_connections.ts";
import type { AwsSdk } from "./load_package.ts";
import { type ObjectInfo, quoteEtag, sameEtag } from "./object_info.ts";
import type { PutOptions, RequestOptions } from "./object_store.ts";
import type { Part } from "./upload_part_cutter.ts";
import {
  isNoUpload,
  type ListedPart,
  type PutRequests,
  type StoredPart,
} from "./put_requests.ts";
import { readVersion } from "./read_answer.ts";
import {
  etagOfParts,
  readField,
  readPart,
  readPartList,
} from "./read_uploaded_parts.ts";
import type { Retries } from "./retries.ts";

/** A command of the SDK, and how its answer is read. */
export interface Ask<T> {
  command(sdk: AwsSdk): object;
  /** The root element of the answer, as a pattern; `undefined` where it has no body. */
  root?: string;
  read(answer: HttpDocument): T;
  signal?: AbortSignal;
  /** The size of the request's body in bytes. */
  bodySize?: number;
}

/** What the requests need of their store. */
export interface AwsPutHost {
  bucket: string;
  key: string;
  /** Whether the client sends a CRC-32 with each body: a setting for services that know those. */
  sendsCrc32: boolean;
  /** Sends a command, once. */
  ask<T>(ask: Ask<T>): Promise<T>;
  retries(options: RequestOptions): Retries;
  head(options: RequestOptions): Promise<ObjectInfo>;
}

/** The requests that put one object, as commands of the AWS SDK. */
export class AwsPutRequests implements PutRequests {
  readonly #host: AwsPutHost;
  readonly #options: PutOptions;
  readonly #object: { Bucket: string; Key: string };
  readonly #description: {
    ContentType: string | undefined;
    Metadata: Record<string, string> | undefined;
  };
  readonly #condition: { IfNoneMatch?: string; IfMatch?: string };

  /** Sends nothing yet. */
  constructor(host: AwsPutHost, options: PutOptions) {
    const { contentType, metadata, ifAbsent, ifMatch } = options;
    this.#host = host;
    this.#options = options;
    this.#object = { Bucket: host.bucket, Key: host.key };
    this.#description = { ContentType: contentType, Metadata: metadata };
    this.#condition = {
      ...ifAbsent && { IfNoneMatch: "*" },
      ...ifMatch !== undefined && { IfMatch: quoteEtag(ifMatch) },
    };
  }

  put(bytes: Uint8Array, signal: AbortSignal): Promise<string> {
    const input = {
      ...{ ...this.#object, ...this.#description, ...this.#condition },
      ...this.#md5For(bytes),
      Body: bytes,
    };
    return this.#make({
      command: (sdk) => new sdk.PutObjectCommand(input),
      read: ({ headers }) => readVersion(headers).etag,
      signal,
      bodySize: bytes.length,
    }, () => createHash("md5").update(bytes).digest("hex"));
  }

  begin(signal: AbortSignal): Promise<string> {
    const input = {
      ...{ ...this.#object, ...this.#description },
      // Otherwise the completion may not name the parts' checksums.
      ...this.#host.sendsCrc32 && { ChecksumAlgorithm: "CRC32" as const },
    };
    return this.#askWithRetries({
      command: (sdk) => new sdk.CreateMultipartUploadCommand(input),
      root: rootOf("InitiateMultipartUpload"),
      read: ({ text }) => readField(text, "UploadId"),
      signal,
    });
  }

  putPart(
    UploadId: string,
    { number, bytes }: Pick<Part, "number" | "bytes">,
    signal: AbortSignal,
  ): Promise<StoredPart> {
    const input = {
      ...{ ...this.#object, UploadId, PartNumber: number },
      ...this.#md5For(bytes),
      Body: bytes,
    };
    return this.#askWithRetries({
      command: (sdk) => new sdk.UploadPartCommand(input),
      read: ({ headers }) => readPart(this.#host.key, number, headers),
      signal,
      bodySize: bytes.length,
    });
  }

  async listParts(
    UploadId: string,
    signal: AbortSignal,
  ): Promise<ListedPart[]> {
    const all: ListedPart[] = [];
    let marker: string | undefined;
    while (true) {
      const input = { ...this.#object, UploadId, PartNumberMarker: marker };
      const { parts, next } = await this.#askWithRetries({
        command: (sdk) => new sdk.ListPartsCommand(input),
        root: rootOf("ListParts"),
        read: ({ text }) => readPartList(text),
        signal,
      });
      all.push(...parts);
      if (next === undefined || next === marker) return all;
      marker = next;
    }
  }

  complete(
    UploadId: string,
    parts: readonly StoredPart[],
    signal: AbortSignal,
  ): Promise<string> {
    const input = {
      ...{ ...this.#object, ...this.#condition, UploadId },
      MultipartUpload: {
        Parts: parts.map(({ number, etag, crc32 }) => ({
          PartNumber: number,
          ETag: quoteEtag(etag),
          ChecksumCRC32: crc32,
        })),
      },
    };
    return this.#make({
      command: (sdk) => new sdk.CompleteMultipartUploadCommand(input),
      root: rootOf("CompleteMultipartUpload"),
      read: ({ text }) => readField(text, "ETag").replaceAll('"', ""),
      signal,
    }, () => etagOfParts(parts));
  }

  async abort(UploadId: string, isHurried: boolean): Promise<void> {
    const ask: Ask<void> = {
      command: (sdk) =>
        new sdk.AbortMultipartUploadCommand({ ...this.#object, UploadId }),
      read: () => {},
    };
    try {
      await (isHurried ? this.#host.ask(ask) : this.#askWithRetries(ask));
    } catch (error) {
      if (!isNoUpload(error)) throw error;
    }
  }

  #askWithRetries<T>(
    ask: Ask<T>,
    onRetry: RequestOptions["onRetry"] = this.#options.onRetry,
  ): Promise<T> {
    return this.#host.retries({ signal: ask.signal, onRetry })
      .run(() => this.#host.ask(ask));
  }

  /**
   * Sends a request that makes the object. An answer that was lost can have been a
   * success: then the retry finds the object, or does not find the upload any more.
   */
  async #make(
    ask: Ask<string>,
    expectedEtag: () => string,
  ): Promise<string> {
    const { onRetry } = this.#options;
    let isRetried = false;
    try {
      return await this.#askWithRetries(ask, (error) => {
        isRetried = true;
        onRetry?.(error);
      });
    } catch (error) {
      const mayBeThere = isRetried && error instanceof FlatbedError &&
        (error.serviceCode === "NoSuchUpload" || error.status === 412);
      if (!mayBeThere) throw error;
      const { signal } = ask;
      const found = await this.#host.head({ signal, onRetry })
        .catch(() => undefined);
      if (!found || !sameEtag(found.etag, expectedEtag())) throw error;
      return found.etag;
    }
  }

  /** The MD5 of a body, which every service knows, where the client sends no CRC-32. */
  #md5For(bytes: Uint8Array): { ContentMD5?: string } {
    if (this.#host.sendsCrc32) return {};
    return { ContentMD5: createHash("md5").update(bytes).digest("base64") };
  }
}

/** The root of an operation's answer, as a pattern: some services call it a response. */
function rootOf(operation: string): string {
  return `${operation}(?:Result|Response)`;
}
