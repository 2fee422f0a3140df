import type { Credentials } from "../store/mod.ts";
import { messageOf } from "./arguments.ts";
import { SetupError } from "./usage.ts";

/** The prefixes of the variables that hold credentials, in order of precedence. Two are never mixed. */
export const CREDENTIAL_SOURCES = [
  "FLATBED_",
  "MASSIVE_",
  "POLYGON_",
  "AWS_",
] as const;

/** Credentials, and where they come from. */
export interface FoundCredentials {
  credentials: Credentials;
  /** Where they come from, for people. */
  source: string;
  /** The name of each part there. */
  names: Readonly<Record<keyof Credentials, string>>;
  /** Whether they may give access to more than market data: AWS credentials, and temporary ones. */
  isPrecious: boolean;
}

/**
 * The credentials from the environment, or from a profile of the AWS credentials file.
 *
 * @throws {SetupError} If there are none, or they contain invalid characters. The message says what to do, and quotes no part of them.
 */
export async function readCredentials(
  profile?: string,
): Promise<FoundCredentials> {
  const found = profile === undefined
    ? readEnvironment((name) => Deno.env.get(name))
    : await readProfile(profile);
  const { checkCredentials } = await import("../store/mod.ts");
  try {
    return { ...found, credentials: checkCredentials(found.credentials) };
  } catch (error) {
    throw new SetupError(
      messageOf(error)
        .replace(
          /\b(?:this )?(accessKeyId|secretAccessKey|sessionToken)\b/,
          (_, part: keyof Credentials) => found.names[part],
        ),
    );
  }
}

/** The credentials in use, so that an error can name their source. */
let inUse: FoundCredentials | undefined;

/** Remembers the credentials of a connection. */
export function useCredentials(found: FoundCredentials): void {
  inUse = found;
}

/** The credentials of the connection, if there is one. */
export function credentialsInUse(): FoundCredentials | undefined {
  return inUse;
}

/** Whether the environment holds a complete pair, as far as permissions allow to look without a prompt. */
export function hasCredentials(): boolean {
  return CREDENTIAL_SOURCES.map(namesOf).some((names) =>
    [names.accessKeyId, names.secretAccessKey].every((variable) => {
      const { state } = Deno.permissions.querySync({ name: "env", variable });
      return state === "granted" && isSet(Deno.env.get(variable));
    })
  );
}

/** The first complete pair in the environment. */
export function readEnvironment(
  get: (name: string) => string | undefined,
): FoundCredentials {
  const halves: string[] = [];
  for (const source of CREDENTIAL_SOURCES) {
    const names = namesOf(source);
    const accessKeyId = get(names.accessKeyId);
    const secretAccessKey = get(names.secretAccessKey);
    if (isSet(accessKeyId) && isSet(secretAccessKey)) {
      const sessionToken = get(names.sessionToken);
      return {
        credentials: {
          accessKeyId,
          secretAccessKey,
          ...(isSet(sessionToken) ? { sessionToken } : {}),
        },
        source: `${names.accessKeyId} and ${names.secretAccessKey}`,
        names,
        isPrecious: source === "AWS_" || isSet(sessionToken),
      };
    }
    if (isSet(accessKeyId) || isSet(secretAccessKey)) {
      const pair = [names.accessKeyId, names.secretAccessKey];
      const [set, missing] = isSet(accessKeyId) ? pair : pair.toReversed();
      halves.push(` (${set} is set, but ${missing} is not)`);
    }
  }
  throw new SetupError(
    `No credentials: set FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY to the S3 keys of your Massive account, or name a profile of the AWS credentials file with --profile${
      halves[0] ?? ""
    }`,
  );
}

/** Whether a variable holds more than white space. */
function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

function namesOf(source: string): FoundCredentials["names"] {
  return {
    accessKeyId: `${source}ACCESS_KEY_ID`,
    secretAccessKey: `${source}SECRET_ACCESS_KEY`,
    sessionToken: `${source}SESSION_TOKEN`,
  };
}

async function readProfile(profile: string): Promise<FoundCredentials> {
  const { readAwsProfile } = await import("../store/mod.ts");
  let found: Awaited<ReturnType<typeof readAwsProfile>>;
  try {
    found = await readAwsProfile(profile);
  } catch (error) {
    throw new SetupError(
      `Cannot read the AWS credentials file: ${messageOf(error)}`,
    );
  }
  const source = `profile '${profile}' of the AWS credentials file`;
  if (found === undefined) {
    throw new SetupError(
      `The AWS credentials file has no profile '${profile}' with aws_access_key_id and aws_secret_access_key`,
    );
  }
  return {
    credentials: found,
    source,
    names: {
      accessKeyId: `aws_access_key_id of ${source}`,
      secretAccessKey: `aws_secret_access_key of ${source}`,
      sessionToken: `aws_session_token of ${source}`,
    },
    isPrecious: true,
  };
}
