/** A request that has been sent, and its answer. */
export interface Sent {
  request: Request;
  response: Response;
}

/** A request that is signed and sent by somebody else. */
export interface Outgoing {
  /** Where it goes to, once that is known. */
  readonly url: URL | undefined;
  /** Sends it, once. */
  send(signal: AbortSignal): Promise<Sent>;
}

/** A request that is signed already, or one that somebody else signs and sends. */
export type Sendable = Request | Outgoing;

/** What makes requests for single objects and for listings. */
export interface RequestMaker {
  /** A request for an object. */
  object(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Sendable;
  /** A request for a page of a bucket's listing. */
  listing(bucket: string, query: Record<string, string>): Sendable;
}
