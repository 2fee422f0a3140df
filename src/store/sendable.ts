/** A request that has been sent, and its answer. */
export interface Sent {
  request: Request;
  response: Response;
}

/** A request that the AWS SDK signs and sends. */
export interface Outgoing {
  /** Where it goes to, once that is known. */
  readonly url: URL | undefined;
  /** The size of its body in bytes. */
  readonly bodySize: number;
  /** Sends it, once. */
  send(signal: AbortSignal): Promise<Sent>;
}

/** A signed request, or one that the AWS SDK signs and sends. */
export type Sendable = Request | Outgoing;
