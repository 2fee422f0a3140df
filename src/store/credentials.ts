import { assertString } from "./arguments.ts";

/** The keys that requests are signed with. */
export interface Credentials {
  /** The access key id. */
  accessKeyId: string;
  /** The secret access key. It never leaves the process. */
  secretAccessKey: string;
  /** The session token, where the keys are temporary ones. */
  sessionToken?: string;
}

/**
 * Checks credentials, and returns a copy of what is used of them.
 *
 * @throws {TypeError} If one of them is missing or not a string.
 * @throws {RangeError} If one of them is empty or holds blanks. The message never holds the value.
 */
export function checkCredentials(credentials: unknown): Credentials {
  if (typeof credentials !== "object" || credentials === null) {
    throw new TypeError(
      "Cannot use these credentials: an object with accessKeyId and secretAccessKey is wanted",
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials as Partial<
    Credentials
  >;
  const checked: Credentials = {
    accessKeyId: checkPart(accessKeyId, "accessKeyId"),
    secretAccessKey: checkPart(secretAccessKey, "secretAccessKey"),
  };
  if (sessionToken !== undefined) {
    checked.sessionToken = checkPart(sessionToken, "sessionToken");
  }
  return checked;
}

function checkPart(value: unknown, name: string): string {
  assertString(value, name);
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new RangeError(
      value === ""
        ? `Cannot use an empty ${name}`
        : `Cannot use this ${name}: it holds blanks or characters that are not ASCII`,
    );
  }
  return value;
}
