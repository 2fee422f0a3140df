import type { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { FlatbedError, plainText, ServiceError } from "../base/mod.ts";
import { assertPutOptions } from "./assert_put_options.ts";
import type { AwsClient } from "./aws_client.ts";
import { AwsRequest } from "./aws_request.ts";
import type { HttpDocument } from "./http_connections.ts";
import { HttpFailure } from "./http_failure.ts";
import { HttpStore, type HttpStoreOptions } from "./http_store.ts";
import { loadPackage } from "./load_package.ts";
import { type ObjectInfo, quoteEtag, sameEtag } from "./object_info.ts";
import type { PutOptions, WritableObjectStore } from "./object_store.ts";
import {
  type ListedPart,
  putObject,
  type PutRequests,
  type StoredPart,
} from "./put_object.ts";
import { readVersion } from "./read_answer.ts";
import type { RequestPurpose } from "./to_error.ts";
import { readXmlFields, type XmlFields } from "./xml_fields.ts";

/** Options of {@linkcode AwsStore}; all are checked already. */
export interface AwsStoreOptions extends HttpStoreOptions {
  /** What signs and sends the requests; it stays its owner's. */
  client: AwsClient;
}

/** The AWS SDK. */
type Sdk = typeof import("@aws-sdk/client-s3");

/** Objects that are read and written through an AWS SDK client. The SDK is loaded with the first request. */
export class AwsStore extends HttpStore implements WritableObjectStore {
  readonly #client: AwsClient;
  #sdk: Sdk | undefined;

  /** Connects to nothing yet. */
  constructor(options: AwsStoreOptions) {
    super(options);
    this.#client = options.client;
  }

  async endpoint(): Promise<URL | undefined> {
    const endpoint = await (this.#client as S3Client).config.endpoint?.();
    if (endpoint === undefined) return undefined;
    const { protocol, hostname, port, path } = endpoint;
    return new URL(`${protocol}//${hostname}${port ? `:${port}` : ""}${path}`);
  }

  protected async objectRequest(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Promise<AwsRequest> {
    const { GetObjectCommand, HeadObjectCommand } = await this.#load();
    const input = {
      Bucket: bucket,
      Key: key,
      ...(headers.range && { Range: headers.range }),
      ...(headers["if-match"] && { IfMatch: headers["if-match"] }),
    };
    return new AwsRequest(
      this.#client,
      method === "HEAD"
        ? new HeadObjectCommand(input)
        : new GetObjectCommand(input),
    );
  }

  protected async listRequest(
    bucket: string,
    query: Record<string, string>,
  ): Promise<AwsRequest> {
    const { ListObjectsV2Command } = await this.#load();
    return new AwsRequest(
      this.#client,
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: query.prefix,
        MaxKeys: Number(query["max-keys"]),
        ContinuationToken: query["continuation-token"],
        Delimiter: query.delimiter,
      }),
    );
  }

  async put(
    bucket: string,
    key: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<ObjectInfo> {
    assertPutOptions(options);
    const requests = this.#putRequests(bucket, key, options);
    const stored = await putObject(key, content, requests, options);
    return { key, ...stored, lastModified: undefined };
  }

  #putRequests(
    bucket: string,
    key: string,
    { contentType, metadata, ifAbsent, onRetry }: PutOptions,
  ): PutRequests {
    const purpose: RequestPurpose = { verb: "upload", bucket, key };
    const object = { Bucket: bucket, Key: key };
    const description = { ContentType: contentType, Metadata: metadata };
    const condition = ifAbsent ? { IfNoneMatch: "*" } : {};
    /** Sends a command, once. */
    const ask = <T>(
      command: (sdk: Sdk) => object,
      root: string | undefined,
      read: (answer: HttpDocument) => T,
      signal?: AbortSignal,
      bodySize = 0,
    ): Promise<T> =>
      this.exchange(
        purpose,
        root,
        async () =>
          new AwsRequest(this.#client, command(await this.#load()), bodySize),
        read,
        signal,
      );
    /**
     * Retries a request that makes the object. An answer that was lost can have been a
     * success: then the next one finds the object, or no upload any more.
     */
    const make = async (
      request: () => Promise<string>,
      signal: AbortSignal,
      expectedEtag: () => string,
    ): Promise<string> => {
      let isRetried = false;
      const countRetry = (error: FlatbedError) => {
        isRetried = true;
        onRetry?.(error);
      };
      try {
        return await this.retries({ signal, onRetry: countRetry }).run(request);
      } catch (error) {
        const mayBeThere = isRetried && error instanceof FlatbedError &&
          (error.serviceCode === "NoSuchUpload" || error.status === 412);
        if (!mayBeThere) throw error;
        const etag = expectedEtag();
        const found = await this.head(bucket, key, { signal, onRetry })
          .catch(() => undefined);
        if (found === undefined || !sameEtag(found.etag, etag)) throw error;
        return found.etag;
      }
    };
    return {
      put: async (bytes, signal) => {
        const md5 = await this.#md5For(bytes);
        const input = {
          ...{ ...object, ...description, ...condition, ...md5 },
          Body: bytes,
        };
        return await make(
          () =>
            ask(
              (sdk) => new sdk.PutObjectCommand(input),
              undefined,
              ({ headers }) => readVersion(headers).etag,
              signal,
              bytes.length,
            ),
          signal,
          () => createHash("md5").update(bytes).digest("hex"),
        );
      },
      begin: async (signal) => {
        const checksum = await this.#sendsCrc32()
          ? { ChecksumAlgorithm: "CRC32" as const }
          : {};
        return await this.retries({ signal, onRetry }).run(() =>
          ask(
            (sdk) =>
              new sdk.CreateMultipartUploadCommand({
                ...object,
                ...description,
                // Otherwise the completion may not name the parts' checksums.
                ...checksum,
              }),
            rootOf("InitiateMultipartUpload"),
            ({ text }) =>
              textOf(
                readXmlFields(text).root,
                "UploadId",
              ),
            signal,
          )
        );
      },
      putPart: async (UploadId, { number, bytes }, signal) => {
        const part = { PartNumber: number, ...await this.#md5For(bytes) };
        const input = { ...object, UploadId, ...part, Body: bytes };
        return await this.retries({ signal, onRetry }).run(() =>
          ask(
            (sdk) => new sdk.UploadPartCommand(input),
            undefined,
            ({ headers }) => readPart(key, number, headers),
            signal,
            bytes.length,
          )
        );
      },
      listParts: async (UploadId, signal) => {
        const parts: ListedPart[] = [];
        let marker: string | undefined;
        do {
          const input = { ...object, UploadId, PartNumberMarker: marker };
          const page = await this.retries({ signal, onRetry }).run(() =>
            ask(
              (sdk) => new sdk.ListPartsCommand(input),
              rootOf("ListParts"),
              ({ text }) => readParts(text),
              signal,
            )
          );
          parts.push(...page.parts);
          if (page.next === marker) break;
          marker = page.next;
        } while (marker !== undefined);
        return parts;
      },
      complete: (UploadId, parts, signal) => {
        const input = {
          ...{ ...object, ...condition, UploadId },
          MultipartUpload: {
            Parts: parts.map(({ number, etag, crc32 }) => ({
              PartNumber: number,
              ETag: quoteEtag(etag),
              ChecksumCRC32: crc32,
            })),
          },
        };
        return make(
          () =>
            ask(
              (sdk) => new sdk.CompleteMultipartUploadCommand(input),
              rootOf("CompleteMultipartUpload"),
              ({ text }) =>
                textOf(
                  readXmlFields(text).root,
                  "ETag",
                ).replaceAll('"', ""),
              signal,
            ),
          signal,
          () => etagOfParts(parts),
        );
      },
      abort: async (UploadId, isHurried) => {
        const once = () =>
          ask(
            (sdk) =>
              new sdk.AbortMultipartUploadCommand({ ...object, UploadId }),
            undefined,
            () => {},
          );
        await (isHurried ? once() : this.retries().run(once))
          .catch((error) => {
            // Nothing is left of it.
            if (error.serviceCode !== "NoSuchUpload") throw error;
          });
      },
    };
  }

  /** Whether the client sends a CRC-32 with each body; a setting for services that know those. */
  async #sendsCrc32(): Promise<boolean> {
    const { config } = this.#client as S3Client;
    return await config.requestChecksumCalculation?.() === "WHEN_SUPPORTED";
  }

  /** The MD5 of a body, which every service knows, where the client sends no CRC-32. */
  async #md5For(bytes: Uint8Array): Promise<{ ContentMD5?: string }> {
    if (await this.#sendsCrc32()) return {};
    return { ContentMD5: createHash("md5").update(bytes).digest("base64") };
  }

  async #load(): Promise<Sdk> {
    try {
      return this.#sdk ??= await loadPackage("@aws-sdk/client-s3");
    } catch (error) {
      throw new HttpFailure({
        kind: "client",
        reason: plainText((error as Error).message),
        isCredentials: false,
      });
    }
  }
}

/** The root of an operation's answer, as a pattern: some services call it a response. */
function rootOf(operation: string): string {
  return `${operation}(?:Result|Response)`;
}

function textOf(fields: XmlFields, name: string): string {
  const text = fields.get(name);
  if (text) return text;
  throw new Error(`it has no ${name}`);
}

function readPart(key: string, number: number, headers: Headers): StoredPart {
  const { etag } = readVersion(headers);
  if (etag === "") {
    throw new ServiceError(
      `Cannot upload '${key}': the service gave no ETag to part ${number}`,
      { key },
    );
  }
  const crc32 = headers.get("x-amz-checksum-crc32") ?? undefined;
  return { number, etag, crc32 };
}

/** A page of an upload's parts, and what to ask with for the next one. */
function readParts(
  text: string,
): { parts: ListedPart[]; next: string | undefined } {
  const { root, entries: { Part = [] } } = readXmlFields(text, ["Part"]);
  const isLast = root.get("IsTruncated")?.trim().toLowerCase() !== "true";
  return {
    parts: Part.map((fields) => ({
      number: Number(textOf(fields, "PartNumber")),
      etag: textOf(fields, "ETag").replaceAll('"', ""),
      size: Number(textOf(fields, "Size")),
      crc32: fields.get("ChecksumCRC32") ?? undefined,
    })),
    next: isLast ? undefined : textOf(root, "NextPartNumberMarker"),
  };
}

/** The ETag that S3 gives to an object of parts. */
function etagOfParts(parts: readonly StoredPart[]): string {
  const hash = createHash("md5");
  for (const { etag } of parts) hash.update(etag, "hex");
  return `${hash.digest("hex")}-${parts.length}`;
}
