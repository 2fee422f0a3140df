import { gunzipOneMember } from "./gunzip_one_member.ts";
import { GzipError } from "./gzip_error.ts";
import { GzipFault } from "./gzip_fault.ts";
import { canInflate } from "./inflater.ts";
import { MemberReader } from "./member_reader.ts";

/** After so many bytes of content, or pieces, others have their turn. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;
const PIECES_AT_ONCE = 256;

/**
 * Decompresses gzip data of any number of members, with zero padding behind the last
 * one or none, piece by piece: a file of any size takes little memory. It is strict,
 * where others are not: data that is cut or damaged, or followed by anything else, is
 * an error, at the end at the latest.
 *
 * Without WebAssembly, data has one member, and nothing behind it.
 *
 * @param source The data, in pieces of any length.
 * @param name What the data is called in errors: a key or a path.
 * @returns The content, in pieces that are the caller's own.
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 *
 * @example
 * ```ts
 * import { gunzip } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const stored = new Blob(["ticker,volume\nAAPL,100\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const decoder = new TextDecoder();
 * let csv = "";
 * for await (const bytes of gunzip(stored, "day.csv.gz")) {
 *   csv += decoder.decode(bytes, { stream: true });
 * }
 * assertEquals(csv, "ticker,volume\nAAPL,100\n");
 * ```
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of gunzipPieces(source, name)) yield bytes.slice();
}

/**
 * The same, without copies: each piece is good until the next one is asked for.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 */
export async function* gunzipPieces(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* canInflate ? gunzipMembers(source) : gunzipOneMember(source);
  } catch (error) {
    throw toIntegrityError(error, name);
  }
}

async function* gunzipMembers(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  using reader = new MemberReader();
  let [bytes, pieces] = [0, 0];
  for await (const data of source) {
    reader.write(data);
    for (let out; (out = reader.read()) !== undefined;) {
      if (out.length > 0) yield out;
      bytes += out.length;
      if (bytes < BYTES_AT_ONCE && ++pieces < PIECES_AT_ONCE) continue;
      await new Promise((resolve) => setTimeout(resolve));
      [bytes, pieces] = [0, 0];
    }
  }
  reader.end();
}

/** The error for somebody who does not know gzip data's parts; others stay as they are. */
export function toIntegrityError(error: unknown, name: string): unknown {
  if (!(error instanceof GzipFault)) return error;
  return new GzipError(name, error.message, { cause: error.cause });
}
