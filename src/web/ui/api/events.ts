import { RequestError } from "../answers.ts";
import type { Route } from "../route.ts";

/** `GET /api/events`: what changes, as server-sent events. */
export const events: Route = {
  method: "GET",
  path: "/api/events",
  handle(_, context) {
    const stream = context.events.open();
    if (stream === undefined) {
      throw new RequestError(
        503,
        "too-many-pages",
        "Too many pages of this server are open: close some",
      );
    }
    return new Response(stream, {
      headers: { "content-type": "text/event-stream" },
    });
  },
};
