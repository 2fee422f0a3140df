/** What a listing and the headers say of an object. */
export interface ObjectFacts {
  /** The size in bytes. */
  readonly size: number;
  /** The ETag without quotes. */
  readonly etag: string;
  /** When it was last changed, to the second. */
  readonly lastModified: Date;
}

/** An object as requests see it. */
export interface StoredObject extends ObjectFacts {
  /** The `Content-Type` header. */
  readonly contentType: string;
  /** The `Content-Encoding` header. */
  readonly contentEncoding?: string | undefined;
  /** Headers besides. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The bytes from `start` up to `end`. */
  read(start: number, end: number): ObjectBody;
  /** All bytes at once, where the ETag is their MD5. */
  readonly bytes?: (() => Uint8Array) | undefined;
}

/** An object's bytes; a promise where it has to be opened first. */
export type ObjectBody =
  | AsyncIterable<Uint8Array>
  | Promise<AsyncIterable<Uint8Array>>;
