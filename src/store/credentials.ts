import {
  assertOptions,
  assertString,
  type OptionNames,
  wrongType,
} from "../base/mod.ts";

/** The credentials that requests are signed with. */
export interface Credentials {
  /** The access key id. */
  accessKeyId: string;
  /** The secret access key. It never leaves the process. */
  secretAccessKey: string;
  /** The session token, if the keys are temporary. */
  sessionToken?: string;
}

/** The allowed names: also the fields that the AWS SDK's credentials have and that are not used here. */
const CREDENTIALS: OptionNames<Credentials> & Readonly<Record<string, true>> = {
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  expiration: true,
  credentialScope: true,
  accountId: true,
  $source: true,
};

/**
 * Checks credentials, and returns a copy of the fields that are used. White space and
 * invisible characters around a value are removed.
 *
 * @throws {TypeError} If a field is missing, is not a string, or is unknown.
 * @throws {RangeError} If a field is empty, in quotation marks, or contains a space, a line break or a character that is not ASCII. The message never contains the value.
 */
export function checkCredentials(credentials: unknown): Credentials {
  if (typeof credentials !== "object" || credentials === null) {
    throw wrongType(
      "credentials",
      "an object with accessKeyId and secretAccessKey",
      credentials,
    );
  }
  assertOptions(credentials, CREDENTIALS, "credentials");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials as Partial<
    Credentials
  >;
  const checked: Credentials = {
    accessKeyId: checkField(accessKeyId, "accessKeyId"),
    secretAccessKey: checkField(secretAccessKey, "secretAccessKey"),
  };
  if (sessionToken !== undefined) {
    checked.sessionToken = checkField(sessionToken, "sessionToken");
  }
  return checked;
}

/** White space and invisible characters, as around a value that was copied or read from a file. */
const AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

function checkField(value: unknown, name: string): string {
  assertString(value, name);
  const trimmed = value.replaceAll(AROUND, "");
  const fault = findFault(trimmed);
  if (fault !== undefined) {
    throw new RangeError(`Cannot use this ${name}: ${fault}`);
  }
  return trimmed;
}

/** What is wrong with a field of credentials. Never quotes a character that a valid value can have. */
function findFault(value: string): string | undefined {
  if (value === "") return "it is empty";
  if (/^(["'`]).*\1$|^[\u2018-\u201f].*[\u2018-\u201f]$/su.test(value)) {
    return "it is in quotation marks: remove them";
  }
  const invalid = /[^\x21-\x7e]/u.exec(value)?.[0];
  if (invalid === undefined) return undefined;
  const code = invalid.codePointAt(0)?.toString(16).toUpperCase().padStart(
    4,
    "0",
  );
  if (/[\r\n]/.test(invalid)) return "it contains a line break";
  if (/[\s\p{Cc}\p{Cf}]/u.test(invalid)) {
    return `it contains a space or an invisible character (U+${code}): copy it again`;
  }
  return "it contains a character that is not ASCII: copy it again";
}
