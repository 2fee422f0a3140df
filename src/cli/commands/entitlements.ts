import type { Command } from "commander";
import { DATASETS } from "../../catalog/mod.ts";
import type {
  Entitlement,
  EntitlementOutcome,
  Mirror,
} from "../../mirror/mod.ts";
import { messageOf, readDataTypes } from "../arguments.ts";
import { CONNECTION_FIELDS, OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { formatTable } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { mayWriteTo, openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { print, printError, printJson, style } from "../terminal.ts";

/** What is said of a dataset of which nothing could be read. */
const NOTHING: Partial<Record<EntitlementOutcome, string>> = {
  refused: "not readable",
  "no-files": "no files",
};

interface EntitlementsOptions extends ConnectionOptions, OutCommandOptions {
  json?: boolean;
}

/** Adds `flatbed entitlements`. */
export function addEntitlementsCommand(program: Command): void {
  const command = program.command("entitlements")
    .summary("find out which datasets the account can read, and since when")
    .description(
      "Find out which datasets the account can read, and the oldest date of each: plans limit history to a rolling window. A mirror in the folder records it for 'flatbed release' and 'flatbed missing'. It sends at most 15 requests for each dataset (11 more if its newest files are refused), and a few listings.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option("--json", "one line of JSON for each dataset");
  addConfigurationOption(addConnectionOptions(addOutOptions(command)), [
    ...OUT_FIELDS,
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
      await using mirror = await openMirror(options, {
        downloader,
        bucket: options.bucket,
        readOnly: true,
        command: "flatbed entitlements",
      });
      const asked = datasets.map(async ({ id, firstDate }) => {
        const entitlement = await mirror.entitlement(id, {
          signal: interrupt.signal,
        });
        const { outcome, since } = entitlement;
        // Where no file was found to ask for, nobody knows.
        const canRead = since !== null
          ? true
          : outcome === "refused"
          ? false
          : null;
        return { ...entitlement, canRead, firstDate };
      });
      await Promise.allSettled(asked); // the mirror cannot be closed before
      const rows = await Promise.all(asked);
      await remember(mirror);
      if (options.json) {
        for (const row of rows) printJson(row);
        return;
      }
      const [head = "", ...lines] = formatTable([
        ["data type", "readable since", "begins"],
        ...rows.map((
          { firstDate, ...entitlement },
        ) => [entitlement.dataType, describe(entitlement), firstDate]),
      ]);
      print(style("bold", head));
      lines.forEach((line, index) =>
        print(rows[index]?.canRead ? line : style("dim", line))
      );
    });
}

/** The dates from which on a dataset can be read, as a text. */
function describe({ since, isExact, until, outcome }: Entitlement): string {
  if (since === null) return NOTHING[outcome] ?? "unknown";
  const from = isExact ? since : `not before ${since}, not known exactly`;
  return until === null ? from : `${from}, until ${until}: newer are refused`;
}

/** Records the findings in the mirror of the folder, if there is one. */
async function remember(mirror: Mirror): Promise<void> {
  const { location: folder } = mirror;
  if (!await mirror.exists()) return;
  const cannot = `The mirror in ${folder} cannot record what was found`;
  if (!await mayWriteTo(folder)) {
    printError(`${cannot}: it needs --allow-write=${folder}`);
    return;
  }
  try {
    await mirror.rememberEntitlements();
  } catch (error) {
    printError(`${cannot}: ${messageOf(error)}`);
  }
}
