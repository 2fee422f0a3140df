import { FlatbedError } from "../../base/mod.ts";
import { withFile, withFileSync } from "../../files/mod.ts";
import type { AccessKey } from "../../service/mod.ts";

/** A shorter secret can be found out from a signature. */
const MIN_SECRET = 16;
/** What others than the owner and the group may do with a file, and what the group must not. */
const OPEN_MODE = 0o037;

const ACCESS_KEY_ID = /^[\w.+@-]{3,128}$/;
const SECRET = /^[\x21-\x7e]+$/;

/** A file of access keys cannot be used. */
export class AccessKeyFileError extends FlatbedError {
  override name = "AccessKeyFileError";

  /** Makes the error; the message must hold no secret. */
  constructor(message: string) {
    super("credentials", message);
  }
}

/**
 * Reads the access keys of a gateway from a file: one on each line, its ID and its secret
 * with a colon between them. Empty lines and those that begin with `#` do not count.
 *
 * @param path The file's path.
 * @returns The keys, at least one.
 * @throws {AccessKeyFileError} If the file's content or mode is wrong. No secret is in the message.
 * @throws {LocalFileError} If it cannot be read.
 */
export async function readAccessKeys(path: string): Promise<AccessKey[]> {
  const text = await withFile("read", path, async () => {
    using file = await Deno.open(path);
    assertMode(path, await file.stat());
    return await new Response(file.readable).text();
  });
  const keys: AccessKey[] = [];
  const ids = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const key = readLine(content, `line ${index + 1} of ${path}`);
    if (ids.has(key.accessKeyId)) {
      throw new AccessKeyFileError(
        `Cannot use line ${
          index + 1
        } of ${path}: the access key ID '${key.accessKeyId}' stands there twice`,
      );
    }
    ids.add(key.accessKeyId);
    keys.push(key);
  }
  if (keys.length === 0) {
    throw new AccessKeyFileError(
      `There is no access key in ${path}: it needs one on each line, as ID:SECRET`,
    );
  }
  return keys;
}

/**
 * Makes a file with one random access key, which only its owner may read.
 *
 * @param path The file's path; it must not exist.
 * @returns The public half of the key.
 * @throws {LocalFileError} If it cannot be written, or exists.
 */
export function makeAccessKeyFile(path: string): string {
  const random = (length: number) =>
    crypto.getRandomValues(new Uint8Array(length))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  const accessKeyId = `FLATBED${
    crypto.getRandomValues(new Uint8Array(8)).toHex().toUpperCase()
  }`;
  withFileSync("make", path, () => {
    using file = Deno.openSync(path, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    const bytes = new TextEncoder().encode(
      `# Access keys of 'flatbed serve --mirror', one on each line, as ID:SECRET.\n${accessKeyId}:${
        random(30)
      }\n`,
    );
    for (let at = 0; at < bytes.length;) {
      at += file.writeSync(bytes.subarray(at));
    }
    file.syncSync();
  });
  return accessKeyId;
}

function assertMode(path: string, { mode, isFile }: Deno.FileInfo): void {
  if (!isFile) {
    throw new AccessKeyFileError(`Cannot use ${path}: it is no regular file`);
  }
  if (mode !== null && (mode & OPEN_MODE) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw new AccessKeyFileError(
      `Cannot use the access keys in ${path}: its mode is ${octal}, so that others can read or change them; say 'chmod 600 ${path}'`,
    );
  }
}

/** Reads a line; what is in it does not go into a message. */
function readLine(line: string, where: string): AccessKey {
  const colon = line.indexOf(":");
  if (colon === -1) {
    throw new AccessKeyFileError(
      `Cannot use ${where}: expected ID:SECRET, with a colon between them`,
    );
  }
  const accessKeyId = line.slice(0, colon);
  const secretAccessKey = line.slice(colon + 1);
  if (!ACCESS_KEY_ID.test(accessKeyId)) {
    throw new AccessKeyFileError(
      `Cannot use ${where}: expected an access key ID of 3 to 128 letters, digits and .+@_-`,
    );
  }
  if (secretAccessKey.length < MIN_SECRET || !SECRET.test(secretAccessKey)) {
    throw new AccessKeyFileError(
      `Cannot use ${where}: expected a secret of at least ${MIN_SECRET} printable ASCII characters without blanks`,
    );
  }
  return { accessKeyId, secretAccessKey };
}
