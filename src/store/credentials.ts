import {
  assertOptions,
  assertString,
  type OptionNames,
  wrongType,
} from "../base/mod.ts";

/** The keys that requests are signed with. */
export interface Credentials {
  /** The access key id. */
  accessKeyId: string;
  /** The secret access key. It never leaves the process. */
  secretAccessKey: string;
  /** The session token, where the keys are temporary ones. */
  sessionToken?: string;
}

/** Besides, what the AWS SDK's credentials have, which nothing here depends on. */
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
 * Checks credentials, and returns a copy of what is used of them.
 *
 * @throws {TypeError} If one of them is missing or not a string, or there is another one.
 * @throws {RangeError} If one of them is empty or holds what no key does: a blank, a line end, quotation marks around it. Blanks and invisible characters around it are left out. The message never holds the value.
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
    accessKeyId: checkPart(accessKeyId, "accessKeyId"),
    secretAccessKey: checkPart(secretAccessKey, "secretAccessKey"),
  };
  if (sessionToken !== undefined) {
    checked.sessionToken = checkPart(sessionToken, "sessionToken");
  }
  return checked;
}

/** What surrounds a value that was copied, or read from a file with other line ends. */
const AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

function checkPart(value: unknown, name: string): string {
  assertString(value, name);
  const trimmed = value.replaceAll(AROUND, "");
  const fault = findFault(trimmed);
  if (fault !== undefined) {
    throw new RangeError(`Cannot use this ${name}: ${fault}`);
  }
  return trimmed;
}

/** What is wrong with a part of credentials, without a character of it that could be its own. */
function findFault(value: string): string | undefined {
  if (value === "") return "it is empty";
  if (/^(["'`]).*\1$|^[\u2018-\u201f].*[\u2018-\u201f]$/su.test(value)) {
    return "it stands in quotation marks: leave them out";
  }
  const odd = /[^\x21-\x7e]/u.exec(value)?.[0];
  if (odd === undefined) return undefined;
  const code = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  if (/[\r\n]/.test(odd)) return "it goes over more than one line";
  if (/[\s\p{Cc}\p{Cf}]/u.test(odd)) {
    return `it holds a blank or an invisible character (U+${code}): copy it again`;
  }
  return "it holds a character that is not ASCII: copy it again";
}
