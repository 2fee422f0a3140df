import type { UiContext } from "./ui_context.ts";

/** A request of the page, which the guard has let through. */
export interface UiRequest {
  /** What was asked for. */
  readonly url: URL;
  /** The query: `url.searchParams`. */
  readonly query: URLSearchParams;
  /** The request's headers. */
  readonly headers: Headers;
  /** The value of the body, which was JSON; `undefined` for a `GET`. */
  readonly body: unknown;
  /** Aborted once nobody waits for the answer any more, or the server ends. */
  readonly signal: AbortSignal;
}

/** What the server answers to one method of one path. */
export interface Route {
  readonly method: "GET" | "POST";
  /** The whole path, such as `/api/coverage`; parameters are in the query or the body. */
  readonly path: string;
  /**
   * Answers. What it throws becomes an error in JSON, in the words of the command line.
   *
   * @param request The request.
   * @param context What handlers work with.
   */
  handle(
    request: UiRequest,
    context: UiContext,
  ): Response | Promise<Response>;
}
