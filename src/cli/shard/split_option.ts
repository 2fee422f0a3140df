import { InvalidArgumentError, Option } from "commander";
import type { Shard } from "../../catalog/mod.ts";
import { parseBytes } from "../arguments.ts";
import { SetupError } from "../usage.ts";

/** With smaller pieces, each is hardly worth its requests. */
const LEAST_PIECE = 1_000_000;

/** The option `--split`. */
export function splitOption(): Option {
  return new Option(
    "--split <size>",
    "with --shard: fetch files that are larger in pieces of this size, such as 10G, each shard its own; the last one puts them together",
  ).argParser((value: string) => {
    const bytes = parseBytes(value);
    if (bytes >= LEAST_PIECE) return bytes;
    throw new InvalidArgumentError("Expected 1M or more, such as 10G.");
  });
}

/**
 * Refuses `--split` where there are no shards, or no folder.
 *
 * @throws {SetupError} If it cannot be used.
 */
export function checkSplit(
  { out, split }: { out: string; split?: number },
  shard: Shard | undefined,
): void {
  if (split === undefined) return;
  if (shard === undefined) throw new SetupError("--split is for --shard");
  if (/^s3:/i.test(out)) {
    throw new SetupError(
      "--split is for a folder that all shards share: files are not put together of pieces in a bucket; leave it out, and each shard fetches whole files",
    );
  }
}
