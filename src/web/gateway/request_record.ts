/** A request to a gateway and what became of it. It holds no signature and no secret. */
export interface GatewayRecord {
  /** When it came. */
  readonly time: Date;
  /** The client's address. */
  readonly remote: string;
  /** The public half of the access key that it was signed with; empty if it was not. */
  readonly accessKeyId: string;
  /** The HTTP method. */
  readonly method: string;
  /** The operation as S3 names it, such as `GetObject`; empty if it was refused before. */
  readonly operation: string;
  /** The path as it was sent, percent-encoded and without its query. */
  readonly path: string;
  /** The prefix of a listing. */
  readonly prefix?: string;
  /** The `Range` header. */
  readonly range?: string;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The code of the error that was answered, such as `NoSuchKey`. */
  readonly errorCode?: string;
  /** How many bytes of the body were handed to the connection. */
  readonly bytesSent: number;
  /** Whether the body was handed over to its end. */
  readonly isWhole: boolean;
  /** How long it took, in milliseconds. */
  readonly elapsed: number;
}
