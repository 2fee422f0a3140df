import type { Credentials } from "../download/mod.ts";
import { messageOf } from "./arguments.ts";
import { SetupError } from "./usage.ts";

/** Where credentials are looked for, in this order. A pair never mixes two of them. */
export const CREDENTIAL_SOURCES = [
  "FLATBED_",
  "MASSIVE_",
  "POLYGON_",
  "AWS_",
] as const;

/**
 * The credentials from the environment, or from a profile of the AWS credentials file.
 *
 * @throws {SetupError} If there are none. The message says what to set.
 */
export async function readCredentials(profile?: string): Promise<Credentials> {
  return profile === undefined
    ? readEnvironment((name) => Deno.env.get(name))
    : await readProfile(profile);
}

/** The first whole pair in the environment. */
export function readEnvironment(
  get: (name: string) => string | undefined,
): Credentials {
  const halves: string[] = [];
  for (const source of CREDENTIAL_SOURCES) {
    const names = namesOf(source);
    const [accessKeyId, secretAccessKey] = names.map((name) => get(name));
    if (accessKeyId && secretAccessKey) {
      const sessionToken = get(`${source}SESSION_TOKEN`);
      return {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken ? { sessionToken } : {}),
      };
    }
    if (accessKeyId || secretAccessKey) {
      const [set, missing] = accessKeyId ? names : names.toReversed();
      halves.push(` (${set} is set, but ${missing} is not)`);
    }
  }
  throw new SetupError(
    `No credentials: set FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY to the S3 keys of your Massive account, or name a profile of the AWS credentials file with --profile${
      halves[0] ?? ""
    }`,
  );
}

/** Where {@linkcode readCredentials} finds them, for people. */
export function describeSource(profile?: string): string {
  if (profile !== undefined) {
    return `profile '${profile}' of the AWS credentials file`;
  }
  const pair = CREDENTIAL_SOURCES.map(namesOf)
    .find((names) => names.every((name) => Deno.env.get(name)));
  return pair?.join(" and ") ?? "nowhere";
}

function namesOf(source: string): string[] {
  return [`${source}ACCESS_KEY_ID`, `${source}SECRET_ACCESS_KEY`];
}

async function readProfile(profile: string): Promise<Credentials> {
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  let profiles: Awaited<
    ReturnType<typeof loadSharedConfigFiles>
  >["credentialsFile"];
  try {
    profiles = (await loadSharedConfigFiles()).credentialsFile;
  } catch (error) {
    throw new SetupError(
      `Cannot read the AWS credentials file: ${messageOf(error)}`,
    );
  }
  const found = profiles[profile];
  const accessKeyId = found?.aws_access_key_id;
  const secretAccessKey = found?.aws_secret_access_key;
  if (!accessKeyId || !secretAccessKey) {
    throw new SetupError(
      `The AWS credentials file has no profile '${profile}' with aws_access_key_id and aws_secret_access_key`,
    );
  }
  const sessionToken = found?.aws_session_token;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
  };
}
