import type { Command } from "commander";

/** Adds `--trust-etag` to a command. */
export function addTrustEtagOption(command: Command): Command {
  return command.option(
    "--trust-etag",
    "do not decompress a .gz whose MD5 matches: faster, but files damaged at source go unnoticed",
  );
}
