import { CoverageLines } from "../coverage/coverage_lines.ts";
import type { Route } from "../route.ts";
import type { UiContext } from "../ui_context.ts";

/** What was computed, by server. */
const known = new WeakMap<UiContext, CoverageLines>();

function linesOf(context: UiContext): CoverageLines {
  const lines = known.get(context) ?? new CoverageLines(context);
  known.set(context, lines);
  return lines;
}

/**
 * `GET /api/coverage`: what the mirror has of each day, as lines of JSON: a `CoverageHead`,
 * and a `CoverageLine` for each dataset as soon as it is known. With `again=true` the files
 * are looked at although nobody has written to the mirror.
 */
export const coverage: Route = {
  method: "GET",
  path: "/api/coverage",
  async handle({ headers, query }, context) {
    const answer = linesOf(context).now(query.get("again") === "true");
    // Of this server: another one looks at the files anew.
    const named = new TextEncoder().encode(context.serverId + answer.version);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
    const etag = `W/"${hash.toHex().slice(0, 32)}"`;
    if (headers.get("if-none-match") === etag) {
      return new Response(null, { status: 304, headers: { etag } });
    }
    const body = ReadableStream.from(answer.lines())
      .pipeThrough(
        new TransformStream<string, string>({
          transform: (line, out) => out.enqueue(`${line}\n`),
        }),
      )
      .pipeThrough(new TextEncoderStream());
    return new Response(body, {
      headers: { "content-type": "application/x-ndjson; charset=utf-8", etag },
    });
  },
};
