/** What a request asks for, as far as faults tell requests apart. */
export type Operation = "get" | "head" | "list" | "write";

/** Which requests a {@linkcode Fault} concerns. A field that is not given excludes none. */
export interface FaultMatch {
  /**
   * How the key begins, or for a listing the prefix that is asked for. Options
   * match under both names of their root.
   */
  readonly key?: string;
  /** The HTTP method. */
  readonly method?: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** What the request asks for. */
  readonly operation?: Operation;
  /** How many of these requests fail. `changed-etag` does so once for each key, the others without end. */
  readonly times?: number;
  /**
   * How many of these requests go through before the first that fails.
   *
   * @default {0}
   */
  readonly skip?: number;
}

/** The connection breaks after `after` bytes of the body. */
export interface DropFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "drop";
  /** Bytes of the body that are sent before. @default {0} */
  readonly after?: number;
}

/** Nothing more is sent, and the connection stays open until one side ends it. */
export interface StallFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "stall";
  /** Bytes of the body that are sent before; `"headers"` holds back the whole answer. @default {0} */
  readonly after?: number | "headers";
}

/** The request is answered with an error. */
export interface StatusFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "status";
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** S3's error code; the usual one of the status where it is not given. */
  readonly code?: string;
  /** Seconds for the `Retry-After` header. */
  readonly retryAfter?: number;
}

/** `Content-Length` says more than is sent. */
export interface WrongLengthFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "wrong-length";
  /** How many bytes more. @default {1} */
  readonly by?: number;
}

/** The answer is in itself right, but holds only the first `after` bytes. */
export interface TruncateFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "truncate";
  /** Bytes of the body that are sent. @default {0} */
  readonly after?: number;
}

/** One bit of the content is wrong; nothing else tells. */
export interface FlipBitFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "flip-bit";
  /** The byte's place in the object; its middle where it is not given. */
  readonly at?: number;
}

/** The object is replaced by another version, with another ETag and other content, before the request is answered. */
export interface ChangedEtagFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "changed-etag";
}

/** GET and HEAD of objects answer 403, while listings stay open. */
export interface ForbiddenFault extends FaultMatch {
  /** What goes wrong. */
  readonly kind: "forbidden";
  /** Only objects of dates before this one, `YYYY-MM-DD`. */
  readonly before?: string;
}

/** The bucket itself holds objects whose gzip data is not whole; their ETags are right. */
export interface DamagedSourceFault {
  /** What goes wrong. */
  readonly kind: "damaged-source";
  /** How the keys begin; options match under both names of their root. */
  readonly key?: string;
  /** The second half is missing, all is, a newline follows, or the checksum is wrong. @default {"cut"} */
  readonly how?: "cut" | "empty" | "newline" | "checksum";
}

/** Objects are encrypted with a key of their own: their ETags look like MD5s, and are none. */
export interface EncryptedFault {
  /** What is the case. */
  readonly kind: "encrypted";
  /** How the keys begin; options match under both names of their root. */
  readonly key?: string;
  /** Whose key it is. @default {"aws:kms"} */
  readonly how?: "aws:kms" | "aws:kms:dsse" | "customer";
}

/** A fault of objects, in all answers alike; those of {@linkcode FaultMatch} are of requests. */
export type SourceFault = DamagedSourceFault | EncryptedFault;

/** Something that goes wrong, and for which requests. */
export type Fault =
  | DropFault
  | StallFault
  | StatusFault
  | WrongLengthFault
  | TruncateFault
  | FlipBitFault
  | ChangedEtagFault
  | ForbiddenFault
  | SourceFault;

/** A fault that shapes an answer; the others are settled before there is one. */
export type AnswerFault = Exclude<Fault, ChangedEtagFault | SourceFault>;
