import { type Command, InvalidArgumentError, Option } from "commander";
import { parseInteger } from "../arguments.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addSyncOptions, SYNC_FIELDS } from "./sync.ts";
import type { ServeUiOptions } from "../ui/serve_ui.ts";

/** The port that is taken where none is named and it is free. */
export const UI_PORT = 8642;

interface UiCommandOptions extends ServeUiOptions {
  port?: number;
}

/** Adds `flatbed ui`. */
export function addUiCommand(program: Command): void {
  const command = program.command("ui")
    .summary("see and work a mirror in the browser")
    .description(
      "Open a page of this machine in the browser that shows what a mirror holds, what is missing and what is happening, starts and pauses what the commands do, and looks into a day. Only this machine can reach it, and only with the address that is printed. Nothing is downloaded and no credentials are used until you start something there. Ctrl+C ends it.",
    )
    .addOption(
      new Option(
        "--port <port>",
        `the port; 0 picks a free one (default: ${UI_PORT}, or the next free one)`,
      ).argParser(parsePort),
    )
    .option("--no-open", "do not open the browser")
    .option("--read-only", "only show: nothing can be started or changed")
    .option("--json", "print the address as one line of JSON");
  addConfigurationOption(addSyncOptions(command), [...SYNC_FIELDS, "from"])
    .addHelpText(
      "after",
      `
The page works with a sync or watch that runs elsewhere: it shows them, and waits for
their lock. On another machine, forward the port over ssh and open the printed address:
  ssh -N -L ${UI_PORT}:127.0.0.1:${UI_PORT} USER@HOST

Examples:
  flatbed ui
  flatbed ui --out /data/flatfiles --read-only
  flatbed ui --no-open --port 9100`,
    )
    .action(async (options: UiCommandOptions) => {
      const { serveUi } = await import("../ui/serve_ui.ts");
      const ports = options.port === undefined
        ? Array.from({ length: 20 }, (_, at) => UI_PORT + at)
        : [options.port];
      await serveUi(options, ports);
    });
}

function parsePort(value: string): number {
  const port = parseInteger(0)(value);
  if (port > 65535) {
    throw new InvalidArgumentError("Expected a port ≤ 65535.");
  }
  return port;
}
