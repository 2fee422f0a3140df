import type { Command } from "commander";
import { addConfigOption } from "../configuration_option.ts";
import { addConnectionOptions } from "../connection.ts";
import type { Check } from "../doctor/examine.ts";
import { ExitCode } from "../exit_code.ts";
import { formatCount, wrap } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { addOutOptions } from "../out_options.ts";
import {
  isTerminal,
  print,
  printJson,
  style,
  terminalWidth,
} from "../terminal.ts";

/** How each status is marked. */
const MARKS = {
  ok: ["green", "ok"],
  warning: ["yellow", "warning"],
  fail: ["red", "fail"],
  "not-checked": ["dim", "-"],
} as const;

/** Adds `flatbed doctor`. */
export function addDoctorCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("doctor")
    .summary("check the setup, and say how to fix it")
    .description(
      "Check the versions, the configuration, the credentials, the service and its clock, what the account can read, the disk and the mirror, and say how to fix each problem. Nothing is downloaded or changed.",
    )
    .option("--json", "one line of JSON for each check");
  addConnectionOptions(addOutOptions(addConfigOption(command)))
    .addHelpText(
      "after",
      `
It waits 10 seconds for an answer and retries once, unless --timeout or --max-retries is
given.

Exit codes: 0 a sync can run, 1 something prevents it.

Examples:
  flatbed doctor
  flatbed doctor --config /etc/flatbed.json
  flatbed doctor --out /data/flatfiles --json`,
    )
    .action(async ({ json = false }: { json?: boolean }) => {
      const { examine } = await import("../doctor/examine.ts");
      using interrupt = interruptSignal();
      const counts = { ok: 0, warning: 0, fail: 0, "not-checked": 0 };
      for await (const check of examine(command, interrupt.signal)) {
        counts[check.status]++;
        if (json) printJson(check);
        else printCheck(check);
      }
      if (!json) print(`\n${describe(counts)}`);
      if (counts.fail > 0) setExitCode(ExitCode.Failed);
    });
}

function printCheck({ check, status, message, advice }: Check): void {
  const [color, mark] = MARKS[status];
  const width = isTerminal() ? terminalWidth() : Infinity;
  // Beside the check there is no room where the terminal is narrow.
  const indent = width < 72 ? 4 : 24;
  const head = `${style(color, mark.padEnd(7))}  ${check.padEnd(13)}`;
  print(
    indent === 24
      ? `${head}  ${wrap(message, width, indent)}`
      : `${head.trimEnd()}\n${" ".repeat(indent)}${
        wrap(message, width, indent)
      }`,
  );
  if (advice !== undefined) {
    print(`${" ".repeat(indent)}${wrap(advice, width, indent)}`);
  }
}

function describe({ fail, warning }: Record<Check["status"], number>): string {
  if (fail > 0) return style("red", `${formatCount(fail, "check")} failed`);
  return warning > 0
    ? style("yellow", `Nothing failed, ${formatCount(warning, "warning")}`)
    : style("green", "Everything is in place");
}
