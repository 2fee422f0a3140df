/** An object that a test or a user adds to the bucket. */
export interface StaticObject {
  /** The content: bytes, or its size and a way to read the bytes from `start` up to `end`. */
  readonly body: Uint8Array | {
    readonly size: number;
    read(
      start: number,
      end: number,
    ): ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  };
  /** The ETag without quotes; the MD5 of bytes, or a hash of key and size, where it is not given. */
  readonly etag?: string;
  /** When it was last changed; when it was added where it is not given. */
  readonly lastModified?: Date;
  /** The `Content-Encoding` header. */
  readonly contentEncoding?: string;
  /** The `Content-Type` header. @default {"binary/octet-stream"} */
  readonly contentType?: string | undefined;
  /** The object's metadata, sent as `x-amz-meta-` headers. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
