import {
  type Absence,
  explainAbsence,
  explainRefusal,
  readPrefix,
  S3Catalog,
} from "../catalog/mod.ts";
import { messageOf } from "./arguments.ts";
import { credentialsInUse } from "./credentials.ts";

const catalog = new S3Catalog();

/** The details of an error about an object, as far as they matter here. */
interface ObjectError extends Error {
  code: string;
  key: string;
  status?: number;
  serviceCode?: string;
}

function isObjectError(error: unknown): error is ObjectError {
  return error instanceof Error && "code" in error && "key" in error &&
    typeof error.code === "string" && typeof error.key === "string";
}

/**
 * What a key's date says of an object that is not there, or that is refused although it
 * cannot be there yet; `undefined` where the error is another one.
 */
export function absenceOf(error: unknown, now: Date): Absence | undefined {
  if (!isObjectError(error) || !catalog.validateKey(error.key)) {
    return undefined;
  }
  const isAbsent = error.code === "not-found" &&
    error.serviceCode !== "NoSuchBucket";
  if (!isAbsent && error.code !== "access-denied") return undefined;
  const { dataType, date } = catalog.parseKeyMetadata(error.key);
  const absence = explainAbsence(dataType, date, now);
  const isEarly = absence.reason === "not-due" || absence.reason === "future";
  return isAbsent || isEarly ? absence : undefined;
}

/** The message of an error, with what an object's date can tell of it. */
export function explainError(error: unknown, now: Date): string {
  const message = messageOf(error);
  if (isRefusedCredential(error)) return explainRefusedCredentials(error);
  if (!isObjectError(error)) return message;
  const { code, key } = error;
  const text = absenceOf(error, now)?.text;
  if (code === "access-denied" && catalog.validateKey(key)) {
    const { date } = catalog.parseKeyMetadata(key);
    const said = [error.status, error.serviceCode].filter((part) => part)
      .join(" ");
    return `Cannot read '${key}': access denied (${said}): ${
      explainRefusal(date, now)
    }`;
  }
  if (code !== "not-found") return message;
  const reason = text || readPrefix(key).problem || nearKey(key);
  return reason ? `${message}; ${reason}` : message;
}

/** The flat file that a key without its whole ending may mean. */
function nearKey(key: string): string | undefined {
  const [near] = [
    `${key}.gz`,
    `${key}.csv.gz`,
    key.replace(/\.\w+$/, ".csv.gz"),
  ]
    .filter((near) => catalog.validateKey(near));
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** The service refuses credentials, and its code says which part is wrong. */
interface RefusedCredential extends Error {
  serviceCode?: string;
}

function isRefusedCredential(error: unknown): error is RefusedCredential {
  return error instanceof Error && "code" in error &&
    error.code === "credentials";
}

/** What a service's code says of the credentials, by the names that they have here. */
function explainRefusedCredentials(error: RefusedCredential): string {
  const { message, serviceCode = "" } = error;
  const names = credentialsInUse()?.names;
  if (names === undefined || /clock/.test(message)) return message;
  const { accessKeyId, secretAccessKey, sessionToken } = names;
  const again = "copy both again from your account's dashboard";
  const lead = serviceCode === "SignatureDoesNotMatch"
    ? `${secretAccessKey} is not the secret that belongs to ${accessKeyId}: ${again}`
    : ["InvalidAccessKeyId", "XAdminUserNotFound"].includes(serviceCode)
    ? `The service does not know the key id in ${accessKeyId}: ${again}`
    : /token/i.test(message)
    ? `${sessionToken} is not valid any more: set a new one`
    : `The service refuses ${accessKeyId} and ${secretAccessKey}: ${again}`;
  return `${lead}. ${message}`;
}
