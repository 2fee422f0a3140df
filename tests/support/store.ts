import {
  AwsStore,
  type AwsStoreOptions,
  checkCredentials,
  type ListOptions,
  type ObjectInfo,
  type ObjectStore,
  type ResumableBody,
  SignedStore,
  type SignedStoreOptions,
} from "../../src/store/mod.ts";
import { joined } from "./data.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Credentials that open nothing, and that no message may hold. */
export const TEST_CREDENTIALS = {
  accessKeyId: "TEST-KEY-ID",
  secretAccessKey: "a-secret-that-must-not-be-told",
};

/** A test does not really wait between tries, and gives up soon. */
const DEFAULTS = {
  maxRetries: 1,
  timeout: 10,
  maxPoolConnections: 4,
};

/** A store with our own signatures that closes its connections at the end of a test. */
export class TestStore extends SignedStore implements Disposable {
  constructor(
    url: string,
    options: Partial<Omit<SignedStoreOptions, "endpoint">> = {},
  ) {
    super({
      endpoint: new URL(url),
      credentials: checkCredentials(TEST_CREDENTIALS),
      clock: new VirtualClock(),
      ...DEFAULTS,
      ...options,
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The same through an AWS SDK client. */
export class TestAwsStore extends AwsStore implements Disposable {
  constructor(
    url: string,
    options: Partial<AwsStoreOptions> & Pick<AwsStoreOptions, "client">,
  ) {
    super({
      endpoint: new URL(url),
      clock: new VirtualClock(),
      ...DEFAULTS,
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
  store: ObjectStore,
  bucket: string,
  prefix: string,
  options?: ListOptions,
): Promise<ObjectInfo[]> {
  const pages = await Array.fromAsync(
    store.listPages(bucket, prefix, options),
  );
  return pages.flatMap(({ objects }) => objects);
}
