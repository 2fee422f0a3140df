import { dirname } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { messageOf, readDataTypes } from "../arguments.ts";
import { DEFAULT_ENDPOINT } from "../connection.ts";
import { readCredentials } from "../credentials.ts";
import { formatBytes } from "../../base/mod.ts";
import { formatCount, grouped } from "../format.ts";
import {
  type CheckOptions,
  fail,
  type Finding,
  ok,
  warning,
} from "./finding.ts";

/** The oldest Deno that Flatbed is tested with. */
const OLDEST_DENO = "2.9.6";

/** Which Flatbed runs on which Deno, and whether that is new enough. */
export function checkVersions(
  deno = Deno.version.deno,
  isStandalone = Deno.build.standalone,
): Finding {
  const message = `flatbed ${config.version}, ${
    isStandalone ? "a binary with " : ""
  }Deno ${deno}, ${Deno.build.target}`;
  // By their numbers: 2.10 is newer than 2.9.
  const isSupported =
    deno.localeCompare(OLDEST_DENO, "en", { numeric: true }) >= 0;
  return isSupported ? ok(message) : fail(
    message,
    `Deno ${OLDEST_DENO} or later is required: 'deno upgrade'`,
  );
}

/** How many characters of a key id are shown, and how many more there must be. */
const SHOWN = 4;

/** Whether there is a pair of keys, and where it comes from. */
export async function checkCredentials(
  { profile, credentials, endpointUrl = DEFAULT_ENDPOINT }: CheckOptions,
): Promise<Finding> {
  if (credentials === "aws") {
    return await checkAws({
      endpoint: new URL(endpointUrl),
      region: "us-east-1",
      profile,
      advice:
        "Log in as for the AWS command line, or leave out --credentials aws",
    });
  }
  try {
    const { source, credentials } = await readCredentials(profile);
    const { accessKeyId } = credentials;
    const end = accessKeyId.length > 2 * SHOWN
      ? `; the key id ends in ${accessKeyId.slice(-SHOWN)}`
      : "";
    return ok(`${source}${end}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return fail(
      messageOf(error),
      "Your account's dashboard shows both, as the S3 access key and secret: set them without quotes and blanks",
    );
  }
}

/** Whether the AWS credential chain finds credentials. */
export async function checkAws(
  { advice, ...options }: {
    endpoint: URL | undefined;
    region: string;
    profile?: string | undefined;
    /** What to do where it finds none. */
    advice: string;
  },
): Promise<Finding> {
  const { makeAwsClient } = await import("../../store/mod.ts");
  const client = await makeAwsClient({ ...options, poolSize: 1 });
  try {
    const { accessKeyId } = await client.config.credentials();
    return ok(
      `the AWS credential chain; the key id ends in ${
        accessKeyId.slice(-SHOWN)
      }`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return fail(
      `The AWS credential chain finds no credentials: ${messageOf(error)}`,
      advice,
    );
  } finally {
    client.destroy();
  }
}

/** Less free space than this is a warning, in bytes. */
const LITTLE_SPACE = 1e9;

/** Whether the mirror's folder can be written, and has some space left. */
export async function checkDisk(
  { out, dataTypes = [] }: CheckOptions,
): Promise<Finding> {
  const { freeBytes, withFile } = await import("../../files/mod.ts");
  const isLink = await Deno.lstat(out).then(({ isSymlink }) => isSymlink)
    .catch(() => false);
  if (isLink && !await isThere(out)) {
    return fail(
      `${out} is a dangling symbolic link`,
      "Create the folder it points to, or name another one with --out",
    );
  }
  const folder = await nearestFolder(out);
  await withFile("write to", folder, async () => {
    const path = await Deno.makeTempFile({
      dir: folder,
      prefix: ".flatbed-doctor-",
    });
    await Deno.remove(path);
  });
  const day = readDataTypes(dataTypes).reduce(
    (sum, { typicalCompressedBytesPerDay: [, most] }) => sum + most,
    0,
  );
  const where = folder === out ? out : `${out}, which a sync creates`;
  return judgeSpace(where, await freeBytes(folder), day);
}

/** With less than this, not even the smallest file finds its place. */
const NO_SPACE = 4e6;

/** Whether so many bytes are enough, where a day's files are of that size. */
export function judgeSpace(
  where: string,
  free: number | undefined,
  day: number,
): Finding {
  if (free === undefined) {
    return ok(
      `${where}; the free space is unknown without --allow-sys=statfs`,
    );
  }
  const message = `${where}; ${formatBytes(free)} are free`;
  if (free >= Math.max(LITTLE_SPACE, day)) return ok(message);
  if (free < NO_SPACE) {
    return fail(message, "Free some space, or name another folder with --out");
  }
  const size = day > 0
    ? `A day of the configured data types is up to ${formatBytes(day)}: free`
    : "Free";
  return warning(
    message,
    `${size} some space, or name another folder with --out`,
  );
}

/** The folder itself, or the one that it would be made in. */
async function nearestFolder(folder: string): Promise<string> {
  for (let path = folder;; path = dirname(path)) {
    if (await isThere(path) || path === dirname(path)) return path;
  }
}

/** Whether the mirror's manifest can be used, and nobody else writes to it. */
export async function checkMirror({ out }: CheckOptions): Promise<Finding> {
  if (!await isThere(`${out}/.flatbed`)) {
    return ok("none yet: 'flatbed sync' creates one");
  }
  if (!await isThere(`${out}/.flatbed/manifest.sqlite`)) {
    return warning(
      `The mirror in ${out} has lost its manifest`,
      "'flatbed verify --rebuild' recreates it from the files",
    );
  }
  const { Mirror, MirrorBusyError, MirrorDamagedError } = await import(
    "../../mirror/mod.ts"
  );
  try {
    // Opened as a sync would, so that what is in its way shows.
    await using mirror = await Mirror.open(out, { command: "flatbed doctor" });
    const entries = mirror.entries();
    const message = `${formatCount(entries.length, "file")} in ${out}`;
    const damaged = entries.filter(({ gzip }) => gzip === "damaged").length;
    return damaged === 0 ? ok(message) : warning(
      `${message}, of which ${grouped(damaged)} damaged at source`,
      "'flatbed status' names them; 'flatbed sync' fetches them again once upstream replaces them",
    );
  } catch (error) {
    if (error instanceof MirrorBusyError) {
      return warning(
        error.message,
        "Only one process can write to a mirror at a time: wait for it, or stop it",
      );
    }
    if (error instanceof MirrorDamagedError) {
      return fail(
        error.message,
        error.reason === "newer-version"
          ? "Install the newest flatbed"
          : "'flatbed verify --rebuild' recreates the manifest from the files",
      );
    }
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  const { withFile } = await import("../../files/mod.ts");
  return await withFile("look at", path, async () => {
    try {
      await Deno.stat(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}
