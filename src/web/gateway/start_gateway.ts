import type { Gateway, GatewayOptions } from "./gateway.ts";

/**
 * Serves a mirror as an S3 bucket that can be read, over HTTP: with the keys, ETags and
 * dates of the originals. It follows a mirror that somebody else writes to.
 *
 * @param options The mirror, and how to serve it.
 * @returns The gateway; dispose of it to end it at once.
 * @throws {MirrorDamagedError} If the mirror's manifest cannot be used.
 * @throws {RangeError} If there is no access key, or the bucket's name is none.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  // Loaded here: it needs the whole of mirror/, and the page, which does not, begins sooner.
  const { openGateway } = await import("./gateway.ts");
  return await openGateway(options);
}
