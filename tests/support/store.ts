import {
  checkCredentials,
  type ObjectInfo,
  type ResumableBody,
  S3Store,
  type S3StoreOptions,
} from "../../src/store/mod.ts";
import { joined } from "./data.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Credentials that open nothing, and that no message may hold. */
export const TEST_CREDENTIALS = {
  accessKeyId: "TEST-KEY-ID",
  secretAccessKey: "a-secret-that-must-not-be-told",
};

/** A store that closes its connections at the end of a test, and does not really wait between tries. */
export class TestStore extends S3Store implements Disposable {
  constructor(
    url: string,
    options: Partial<Omit<S3StoreOptions, "endpoint">> = {},
  ) {
    super({
      endpoint: new URL(url),
      credentials: checkCredentials(TEST_CREDENTIALS),
      maxRetries: 1,
      timeout: 10,
      maxPoolConnections: 4,
      clock: new VirtualClock(),
      ...options,
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Everything that is left of a body. */
export async function readAll(
  body: ResumableBody,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (
    let piece = await body.read();
    piece !== null;
    piece = await body.read()
  ) {
    pieces.push(piece.slice());
  }
  return joined(...pieces);
}

/** Everything that a store lists. */
export async function listAll(
  store: S3Store,
  ...args: Parameters<S3Store["listPages"]>
): Promise<ObjectInfo[]> {
  return (await Array.fromAsync(store.listPages(...args))).flat();
}
