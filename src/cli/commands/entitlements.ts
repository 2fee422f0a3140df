import type { Command } from "commander";
import { DATASETS } from "../../catalog/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { addConfigurationOption, CONNECTION_FIELDS } from "../configuration.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { formatTable } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { addFolderOption } from "../mirror_options.ts";
import { print, printJson, style } from "../terminal.ts";

interface EntitlementsOptions extends ConnectionOptions {
  out: string;
  json?: boolean;
}

/** Adds `flatbed entitlements`. */
export function addEntitlementsCommand(program: Command): void {
  const command = program.command("entitlements")
    .summary("find out which datasets the account can read, and since when")
    .description(
      "Find out which datasets the account can read, and the oldest date of each: plans limit history to a window that moves on. At most 14 requests for each dataset.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option("--json", "one line of JSON for each dataset");
  addConfigurationOption(addConnectionOptions(addFolderOption(command)), [
    "out",
    ...CONNECTION_FIELDS,
  ])
    .addHelpText(
      "after",
      `
Examples:
  flatbed entitlements
  flatbed entitlements 'stocks_*' --json`,
    )
    .action(async (names: string[], options: EntitlementsOptions) => {
      const datasets = names.length > 0 ? readDataTypes(names) : DATASETS;
      using interrupt = interruptSignal();
      await using downloader = await connect(options);
      const { Mirror } = await import("../../mirror/mod.ts");
      await using mirror = await Mirror.open(options.out, {
        downloader,
        bucket: options.bucket,
        readOnly: true,
      });
      const asked = datasets.map(async ({ id, firstDate }) => {
        const since = await mirror.findFloor(id, { signal: interrupt.signal });
        return { dataType: id, canRead: since !== null, since, firstDate };
      });
      await Promise.allSettled(asked); // the mirror cannot be closed before
      const rows = await Promise.all(asked);
      if (options.json) {
        for (const row of rows) printJson(row);
        return;
      }
      const [head = "", ...lines] = formatTable([
        ["data type", "readable since", "begins"],
        ...rows.map((
          { dataType, since, firstDate },
        ) => [dataType, since ?? "not readable", firstDate]),
      ]);
      print(style("bold", head));
      lines.forEach((line, index) =>
        print(rows[index]?.canRead ? line : style("dim", line))
      );
    });
}
