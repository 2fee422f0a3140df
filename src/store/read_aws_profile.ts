import type { Credentials } from "./credentials.ts";
import { loadPackage } from "./load_package.ts";

/**
 * The key pair of a profile of the AWS credentials file; `undefined` where the file has
 * no such profile, or the profile has no pair.
 *
 * @throws {Error} If the file cannot be read.
 */
export async function readAwsProfile(
  profile: string,
): Promise<Credentials | undefined> {
  const { loadSharedConfigFiles } = await loadPackage("@smithy/core/config");
  const { credentialsFile } = await loadSharedConfigFiles();
  const found = credentialsFile[profile];
  const accessKeyId = found?.aws_access_key_id;
  const secretAccessKey = found?.aws_secret_access_key;
  const sessionToken = found?.aws_session_token;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
  };
}
