import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import type { HttpConnections } from "./http_connection.ts";

type Handle = FetchHttpHandler["handle"];

/**
 * Sends the SDK's requests for listings over one's own connections, each with the signal that it
 * was given: that of a `Request` is one which Deno may forget.
 */
export class ConnectionHandler extends FetchHttpHandler {
  readonly #connections: HttpConnections;

  /** Sends requests over these connections. */
  constructor(connections: HttpConnections) {
    super();
    this.#connections = connections;
  }

  /** Sends a request. */
  override handle(
    request: Parameters<Handle>[0],
    { abortSignal, ...options }: Parameters<Handle>[1] = {},
  ): ReturnType<Handle> {
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    const handler = new FetchHttpHandler({
      customFetch: (input) =>
        this.#connections.fetchListing(input as Request, signal),
    });
    return handler.handle(request, options);
  }
}
