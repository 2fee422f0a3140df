import type { ObjectBody } from "./stored_object.ts";

/** An answer before faults are applied to it. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number;
  /** Headers besides those of every answer, without the length. */
  readonly headers: Headers;
  /** The body's length in bytes. */
  readonly size: number;
  /** Where in the object the body begins. */
  readonly start: number;
  /** The body, where it is in memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** The body; an answer without it has none. */
  read?(): ObjectBody;
}

/** An answer whose body is XML. */
export function xmlAnswer(
  status: number,
  xml: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = new TextEncoder().encode(xml);
  return {
    status,
    headers: new Headers({ ...headers, "content-type": "application/xml" }),
    size: body.length,
    start: 0,
    bytes: body,
    async *read() {
      yield body;
    },
  };
}
