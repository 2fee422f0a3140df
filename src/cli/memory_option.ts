import { type Command, InvalidArgumentError, Option } from "commander";
import { parseBytes } from "./arguments.ts";

/** Adds the option `--memory` to a command: of what DuckDB may use. */
export function addMemoryOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--memory <bytes>",
      "how much memory may be used, such as 500M or 4G; what does not fit goes to the mirror's disk meanwhile (default: 1.5G)",
    ).argParser(parseMemory),
  );
}

/** The option `--memory` where bytes go to a bucket. */
export function transferMemoryOption(): Option {
  return new Option(
    "--memory <bytes>",
    "with --out s3://...: how much memory the files under way may take, such as 64M or 1G (default: 256M)",
  ).argParser((value: string) => {
    const bytes = parseBytes(value);
    if (bytes >= LEAST_TRANSFER_MEMORY) return bytes;
    throw new InvalidArgumentError("Expected 34M or more, such as 64M or 1G.");
  });
}

/** With less, not even two parts of the least size are under way. */
const LEAST_TRANSFER_MEMORY = 32 * 1024 * 1024;

/** With less, DuckDB cannot sort. */
const LEAST_MEMORY = 200_000_000;

function parseMemory(value: string): number {
  const bytes = parseBytes(value);
  if (bytes >= LEAST_MEMORY) return bytes;
  throw new InvalidArgumentError("Expected 200M or more, such as 500M or 4G.");
}
