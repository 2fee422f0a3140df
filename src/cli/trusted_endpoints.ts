import { dirname, isAbsolute, join } from "node:path";
import { SERVICE_HOSTS } from "../catalog/mod.ts";
import type { FoundCredentials } from "./credentials.ts";
import { SetupError } from "./usage.ts";
import { writeWhole } from "../files/mod.ts";

/** Credentials would be sent to an unconfirmed endpoint that only a configuration names. */
class UntrustedEndpointError extends SetupError {
  override name = "UntrustedEndpointError";
  /** What the error is about, for programs. */
  readonly code = "untrusted-endpoint";
}

/** An endpoint, and where it is set. */
export interface NamedEndpoint {
  /** Its address. */
  url: URL;
  /** The configuration, if only that sets the endpoint. */
  file: string | undefined;
  /** Whether the user confirms it, for this and later runs. */
  isConfirmed: boolean;
  /** What else names an endpoint than a configuration. */
  names?: string;
}

/**
 * Asserts that credentials may be sent to an endpoint. AWS credentials and temporary ones
 * are not sent to one that only a configuration sets, which may be somebody else's, until
 * the user has confirmed it once. This machine and the service itself need no confirmation.
 *
 * @throws {UntrustedEndpointError} If the user must confirm it first.
 */
export async function assertTrusted(
  {
    url,
    file,
    isConfirmed,
    names = "--endpoint-url or FLATBED_ENDPOINT_URL",
  }: NamedEndpoint,
  { isPrecious, source }: Pick<FoundCredentials, "isPrecious" | "source">,
): Promise<void> {
  if (isConfirmed) await remember(url.origin);
  if (isConfirmed || file === undefined || !isPrecious) return;
  const { isLoopback } = await import("../store/mod.ts");
  const isService = url.protocol === "https:" && url.port === "" &&
    SERVICE_HOSTS.includes(url.hostname);
  if (isService || isLoopback(url)) return;
  if ((await readTrusted()).includes(url.origin)) return;
  throw new UntrustedEndpointError(
    `The credentials of ${source} are not sent to ${url.origin}, which only ${file} names: if you know that endpoint, confirm it once with 'flatbed doctor --trust-endpoint', or name it with ${names}`,
  );
}

/** The file of confirmed endpoints: in the user's settings, not in a folder that others may write to. */
async function trustFile(): Promise<string | undefined> {
  const { readVariable } = await import("../store/mod.ts");
  const read = (variable: string) => {
    const path = readVariable(variable);
    return path !== undefined && isAbsolute(path) ? path : undefined;
  };
  const home = read("HOME");
  const folder = Deno.build.os === "windows"
    ? read("APPDATA")
    : read("XDG_CONFIG_HOME") ?? (home && join(home, ".config"));
  return folder && join(folder, "flatbed", "trusted-endpoints.json");
}

async function readTrusted(): Promise<string[]> {
  const path = await trustFile();
  if (path === undefined) return [];
  const { state } = Deno.permissions.querySync({ name: "read", path });
  if (state !== "granted") return [];
  try {
    const { endpoints } = JSON.parse(await Deno.readTextFile(path));
    return Array.isArray(endpoints) ? endpoints : [];
  } catch {
    return []; // then they are confirmed anew
  }
}

async function remember(origin: string): Promise<void> {
  const trusted = await readTrusted();
  if (trusted.includes(origin)) return;
  const path = await trustFile();
  if (path === undefined) {
    throw new SetupError(
      "Cannot remember the endpoint: there is no home folder (HOME, or APPDATA on Windows), or the environment may not be read; name it with --endpoint-url or FLATBED_ENDPOINT_URL instead",
    );
  }
  const { withFile } = await import("../files/mod.ts");
  await withFile(
    "make",
    dirname(path),
    () => Deno.mkdir(dirname(path), { recursive: true }),
  );
  const endpoints = [...trusted, origin].toSorted();
  await writeWhole(path, `${JSON.stringify({ endpoints }, null, 2)}\n`);
}
