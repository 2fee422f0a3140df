import type {
  Mirror,
  MirrorOptions,
  OutOptions,
  ShardStatus,
} from "../mirror/mod.ts";
import { messageOf } from "./arguments.ts";
import { assertMirror, mayWrite } from "./folder_options.ts";
import { isBucket, type OutCommandOptions } from "./out_options.ts";
import { UsageError } from "./usage.ts";

/** How {@linkcode openMirror} opens a mirror. */
export interface OpenMirrorOptions extends Omit<MirrorOptions, "out"> {
  /** Whether there must be a mirror already. */
  mustExist?: boolean;
  /** How many bytes under way to a bucket are held in memory. */
  transferMemory?: number | undefined;
}

/** What {@linkcode outOptions} needs: trust, retries and the idle timeout are one option for the service and the bucket. */
type Outgoing = OutCommandOptions & {
  trustEndpoint?: boolean;
  maxRetries?: number;
  timeout?: number;
};

/** The bucket of the mirror in use, so that an error can name it. */
let inUse: string | undefined;

/** The location of the mirror in use, where that is a bucket. */
export function bucketInUse(): string | undefined {
  return inUse;
}

/** Opens the mirror that `--out` names, a folder or a bucket. */
export async function openMirror(
  options: Outgoing,
  { mustExist = false, transferMemory, ...how }: OpenMirrorOptions,
): Promise<Mirror> {
  const { out } = options;
  const { Mirror, noMirror } = await import("../mirror/mod.ts");
  if (!isBucket(out)) {
    if (mustExist) await assertMirror(out);
    return await Mirror.open(out, how);
  }
  inUse = out;
  const reached = await outOptions(options);
  let mirror: Mirror;
  try {
    mirror = await Mirror.open(out, {
      ...how,
      out: { ...reached, memory: transferMemory },
    });
  } catch (error) {
    throw inOutNames(error);
  }
  try {
    if (mustExist && !await mirror.exists()) throw noMirror(out);
    return mirror;
  } catch (error) {
    await mirror[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * How the shards of the mirror are that `--out` names, from what they say of themselves: its
 * manifest is not read.
 */
export async function readShards(options: Outgoing): Promise<ShardStatus[]> {
  const { out } = options;
  const { Mirror } = await import("../mirror/mod.ts");
  if (!isBucket(out)) {
    await assertMirror(out);
    return await Mirror.shardsOf(out);
  }
  inUse = out;
  const reached = await outOptions(options);
  try {
    return await Mirror.shardsOf(out, reached);
  } catch (error) {
    throw inOutNames(error);
  }
}

/** An argument error of the library, with the names of the command line; others are returned unchanged. */
function inOutNames(error: unknown): unknown {
  const isArgument = error instanceof TypeError || error instanceof RangeError;
  if (!isArgument || error instanceof UsageError) return error;
  return new UsageError(
    messageOf(error)
      .replace(/\bset allowHttp\b/, "--out-allow-http")
      .replace(/\b(an? )?endpointUrl\b/, "$1--out-endpoint")
      .replace(/\bmemory\b/, "--memory"),
  );
}

/** How a mirror's bucket is reached; AWS credentials go to no endpoint that only a configuration names. */
export async function outOptions(options: Outgoing): Promise<OutOptions> {
  const { outEndpoint, outEndpointFile: file, outRegion } = options;
  if (outEndpoint !== undefined) {
    const { checkEndpoint } = await import("../store/mod.ts");
    const { assertTrusted } = await import("./trusted_endpoints.ts");
    let url: URL;
    try {
      url = checkEndpoint(outEndpoint, options.outAllowHttp ?? false);
    } catch (error) {
      throw inOutNames(error);
    }
    await assertTrusted({
      url,
      file,
      isConfirmed: options.trustEndpoint ?? false,
      names: "--out-endpoint or FLATBED_OUT_ENDPOINT",
    }, { isPrecious: true, source: "the AWS credential chain" });
  }
  return {
    endpointUrl: outEndpoint,
    region: outRegion,
    addressing: options.outAddressing,
    allowHttp: options.outAllowHttp,
    maxRetries: options.maxRetries,
    timeout: options.timeout,
  };
}

/** Whether indexes that are made on the way may be kept in the mirror. */
export async function mayKeepIndexes(
  mirror: Mirror,
  { out }: { out: string },
): Promise<boolean> {
  try {
    return await mirror.exists() && await mayWriteTo(out);
  } catch {
    return false;
  }
}

/** Whether a mirror may be written to without a permission prompt; what a bucket allows, only writing tells. */
export async function mayWriteTo(out: string): Promise<boolean> {
  return isBucket(out) || await mayWrite(out);
}
