import type { S3Client } from "@aws-sdk/client-s3";
import { plainText } from "../base/mod.ts";
import type { AwsClient } from "./aws_client.ts";
import { AwsRequest } from "./aws_request.ts";
import { HttpFailure } from "./http_failure.ts";
import { HttpStore, type HttpStoreOptions } from "./http_store.ts";
import { type AwsSdk, loadPackage } from "./load_package.ts";
import type { ObjectInfo } from "./object_info.ts";
import type { PutOptions, WritableObjectStore } from "./object_store.ts";

/** Options of {@linkcode AwsStore}; all are checked already. */
export interface AwsStoreOptions extends HttpStoreOptions {
  /** What signs and sends the requests; it stays its owner's. */
  client: AwsClient;
}

/** Objects that are read and written through an AWS SDK client. The SDK is loaded with the first request. */
export class AwsStore extends HttpStore implements WritableObjectStore {
  readonly #client: AwsClient;
  #sdk: AwsSdk | undefined;

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
    // Loaded only where something is put.
    const [{ AwsPutRequests }, { putObject }] = await Promise.all([
      import("./aws_put_requests.ts"),
      import("./put_object.ts"),
    ]);
    const { config } = this.#client as S3Client;
    const requests = new AwsPutRequests({
      bucket,
      key,
      sendsCrc32:
        await config.requestChecksumCalculation?.() === "WHEN_SUPPORTED",
      ask: ({ command, root, read, signal, bodySize }) =>
        this.exchange(
          { verb: "upload", bucket, key },
          root,
          async () =>
            new AwsRequest(this.#client, command(await this.#load()), bodySize),
          read,
          signal,
        ),
      retries: (options) => this.retries(options),
      head: (options) => this.head(bucket, key, options),
    }, options);
    const stored = await putObject(key, content, requests, options);
    return { key, ...stored, lastModified: undefined };
  }

  async #load(): Promise<AwsSdk> {
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
