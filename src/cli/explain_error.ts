import { didYouMean, FlatbedError } from "../base/mod.ts";
import {
  absenceOf,
  explainRefusal,
  readPrefix,
  S3Catalog,
} from "../catalog/mod.ts";
import { messageOf } from "./arguments.ts";
import { credentialsInUse } from "./credentials.ts";

const catalog = new S3Catalog();

/** The message of an error, with what the date in an object's key tells of the cause. */
export function explainError(error: unknown, now: Date): string {
  const message = messageOf(error);
  if (!(error instanceof FlatbedError)) return message;
  const { code, key } = error;
  if (code === "mirror-damaged") return message + rebuildHint(error);
  const bucket = bucketOf(error);
  // What the plan includes, and FLATBED_ variables, say nothing of the mirror's own bucket.
  if (bucket !== undefined) return explainBucket(error, bucket);
  if (code === "credentials") return explainRefusedCredentials(error);
  if (key === undefined) return message;
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
  const reason = text || readPrefix(key).problem;
  return message + (reason ? `; ${reason}` : didYouMean(nearKeys(key)));
}

/** What to do about a manifest that cannot be used; one of a newer version is not damaged. */
function rebuildHint(error: FlatbedError): string {
  return "reason" in error && error.reason === "newer-version"
    ? ""
    : "; 'flatbed verify --rebuild' does that";
}

/** The mirror's bucket, where it was that which refused, and not the service: only its objects are named by URLs. */
function bucketOf({ message }: FlatbedError): string | undefined {
  return /^Cannot [a-z ]+ 's3:\/\/([^/']+)/.exec(message)?.[1];
}

/** What the mirror's bucket refuses, and with which credentials it was asked. */
function explainBucket(
  { code, message }: FlatbedError,
  bucket: string,
): string {
  if (code !== "credentials" || /clock/.test(message)) return message;
  if (/finds no credentials/.test(message)) { // nobody was asked
    return `There are no credentials for the mirror's bucket ${bucket}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role; FLATBED_ACCESS_KEY_ID and the like are never used for it. ${message}`;
  }
  return `The mirror's bucket ${bucket}, not the service, refuses the credentials of the AWS chain (AWS_ACCESS_KEY_ID, AWS_PROFILE, a role); FLATBED_ACCESS_KEY_ID and the like are never used for it. ${message}`;
}

/** The flat file's key that a key with another ending may mean. */
function nearKeys(key: string): string[] {
  return [`${key}.gz`, `${key}.csv.gz`, key.replace(/\.\w+$/, ".csv.gz")]
    .filter((near) => catalog.validateKey(near)).slice(0, 1);
}

/** Which of the credentials is wrong, by the service's code and the names of their variables. */
function explainRefusedCredentials(error: FlatbedError): string {
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
