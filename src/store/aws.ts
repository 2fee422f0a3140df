import type { S3Client } from "@aws-sdk/client-s3";
import { type CredentialsError, plainText } from "../base/mod.ts";
import type { AwsClient } from "./aws_client.ts";
import { AwsRequest } from "./aws_request.ts";
import { HttpFailure } from "./http_failure.ts";
import { HttpStore, type HttpStoreOptions } from "./http_store.ts";
import { type AwsSdk, loadPackage } from "./load_package.ts";
import type { ObjectInfo } from "./object_info.ts";
import type {
  CopyObjectOptions,
  OpenUpload,
  PutOptions,
  RequestOptions,
  WritableObjectStore,
} from "./object_store.ts";
import type { Ask, AwsPutHost } from "./aws_put_requests.ts";
import type { PutRequests } from "./put_requests.ts";
import type { RequestPurpose } from "./request_error.ts";

/** Options of {@linkcode AwsStore}; all are checked already. */
export interface AwsStoreOptions extends HttpStoreOptions {
  /** What signs and sends the requests; it stays its owner's. */
  client: AwsClient;
}

/** The codes of credentials that may have been replaced by others since they were read. */
const RENEWABLE: readonly string[] = [
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
  "InvalidAccessKeyId",
  "XAdminUserNotFound",
];

/** Objects that are read and written through an AWS SDK client. The SDK is loaded with the first request. */
export class AwsStore extends HttpStore implements WritableObjectStore {
  readonly #client: AwsClient;
  #sdk: AwsSdk | undefined;
  /** When credentials that differ from those before were last found, by `performance.now()`. */
  #renewedAt = -Infinity;
  #renewing: Promise<boolean> | undefined;

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
    const { putObject } = await import("./put_object.ts");
    const requests = await this.putRequests(bucket, key, options);
    const stored = await putObject(key, content, requests, options);
    return { key, ...stored, lastModified: undefined };
  }

  async putRequests(
    bucket: string,
    key: string,
    options: PutOptions = {},
  ): Promise<PutRequests> {
    const { AwsPutRequests } = await import("./aws_put_requests.ts");
    const host = await this.#host("upload", bucket, key);
    return new AwsPutRequests(host, options);
  }

  async remove(
    bucket: string,
    keys: readonly string[],
    options: RequestOptions = {},
  ): Promise<void> {
    const { removeObjects } = await import("./aws_object_requests.ts");
    const [key = ""] = keys;
    await removeObjects(await this.#host("remove", bucket, key), keys, options);
  }

  async copy(
    bucket: string,
    from: Pick<ObjectInfo, "key" | "size" | "etag" | "metadata">,
    key: string,
    options: CopyObjectOptions = {},
  ): Promise<string> {
    const { copyObject } = await import("./aws_object_requests.ts");
    return await copyObject(
      await this.#host("copy", bucket, key),
      from,
      options,
    );
  }

  async *openUploads(
    bucket: string,
    prefix: string,
    options: RequestOptions = {},
  ): AsyncGenerator<OpenUpload> {
    const { listUploads } = await import("./aws_object_requests.ts");
    const host = await this.#host("list", bucket, prefix);
    yield* listUploads(host, prefix, options);
  }

  /** What the commands of the SDK need of this store. */
  async #host(
    verb: RequestPurpose["verb"],
    bucket: string,
    key: string,
  ): Promise<AwsPutHost> {
    const { config } = this.#client as S3Client;
    return {
      bucket,
      key,
      sendsCrc32:
        await config.requestChecksumCalculation?.() === "WHEN_SUPPORTED",
      ask: <T>({ command, root, read, signal, bodySize }: Ask<T>) =>
        this.exchange(
          { verb, bucket, key },
          root,
          async () =>
            new AwsRequest(this.#client, command(await this.#load()), bodySize),
          read,
          signal,
        ),
      retries: (options) => this.retries(options),
      head: (options) => this.head(bucket, key, options),
    };
  }

  /** Credentials that have ended are asked for once more: another program may have renewed them. */
  protected override async renewCredentials(
    { serviceCode = "" }: CredentialsError,
    since: number,
  ): Promise<boolean> {
    if (!RENEWABLE.includes(serviceCode)) return false;
    if (since < this.#renewedAt) return true;
    return await (this.#renewing ??= this.#renew()
      .finally(() => this.#renewing = undefined));
  }

  async #renew(): Promise<boolean> {
    const { config } = this.#client as S3Client;
    try {
      const before = await config.credentials();
      const after = await config.credentials({ forceRefresh: true });
      const isSame = before.accessKeyId === after.accessKeyId &&
        before.secretAccessKey === after.secretAccessKey &&
        before.sessionToken === after.sessionToken;
      if (!isSame) this.#renewedAt = performance.now();
      return !isSame;
    } catch {
      return false; // the refusal says more
    }
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
