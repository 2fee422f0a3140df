/**
 * The script of `flatbed cluster slurm` on a real Slurm, with any program in the place of
 * Flatbed: what becomes of each exit code and each signal.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { isOver, missingSlurmPrograms, startSlurm } from "../support/slurm.ts";
import { waitUntil } from "../support/wait_until.ts";

const missing = await missingSlurmPrograms();
if (missing.length > 0) {
  // deno-lint-ignore no-console -- why tests are skipped
  console.log(
    `Slurm is not here (no ${missing.join()}): apt-get install slurm-wlm munge`,
  );
}

/** The number of an array's task, from its log's name, with what it wrote. */
async function readLogs(folder: string): Promise<Map<number, string>> {
  const logs = new Map<number, string>();
  for await (const { name } of Deno.readDir(folder)) {
    const task = /_(\d+)\.log$/.exec(name)?.[1];
    if (task === undefined) continue;
    logs.set(Number(task), await Deno.readTextFile(`${folder}/${name}`));
  }
  return logs;
}

Deno.test({
  name:
    "flatbed cluster slurm: each exit code and signal does on a real Slurm what it should",
  ignore: missing.length > 0,
  async fn() {
    await using slurm = await startSlurm({ nodes: 2, cpus: 8 });
    await using folder = await makeFolder();
    const { path } = folder;
    const logs = `${path}/its "logs", 100%`;
    await Deno.mkdir(logs);
    await Deno.writeTextFile(
      `${path}/keys.env`,
      "FLATBED_ACCESS_KEY_ID='a b'\nFLATBED_SECRET_ACCESS_KEY=secret\n",
      { mode: 0o600 },
    );
    await Deno.mkdir(`${path}/runs`);
    // What each task does, by its number and how often it ran.
    const program = `${path}/the program`;
    await Deno.writeTextFile(
      program,
      `#!/bin/bash
echo "run" >> "${path}/runs/$SLURM_ARRAY_TASK_ID"
runs=$(wc -l < "${path}/runs/$SLURM_ARRAY_TASK_ID")
echo "task $SLURM_ARRAY_TASK_ID of $FLATBED_SHARD_COUNT, run $runs, key [$FLATBED_ACCESS_KEY_ID], other [\${UNASKED-}]"
printf '<%s>' "$@"; echo
case $SLURM_ARRAY_TASK_ID in
  1) exit 0 ;;
  2) ((runs > 1)) || exit 75 ;;
  3) exit 75 ;;
  4) exit 1 ;;
  5) exit 3 ;;
  6) ((runs > 1)) || kill -KILL $$ ;;
  7|8) ((runs > 1)) || { trap 'echo told to end; exit 130' TERM; touch "${path}/waits-$SLURM_ARRAY_TASK_ID"; sleep 600 & wait; } ;;
  9) ((runs > 1)) || exit 75 ;;
esac
`,
      { mode: 0o755 },
    );
    const { code, stdout, stderr } = await runFlatbed([
      ...[
        "cluster",
        "slurm",
        "--shards",
        "9",
        "--cpus",
        "1",
        "--memory",
        "512M",
      ],
      ...["--retries", "2", "--time", "10m", "--logs", logs],
      ...["--credentials-file", `${path}/keys.env`, "--program", program],
      ...["--", "sync", "stocks_daily", "--from", "2024-01-02"],
      ...["--out", `${path}/$HOME "m" 'é'\n--x`],
    ]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const script = `${path}/shards.sh`;
    await Deno.writeTextFile(script, stdout);
    const job = await slurm.submit([script], {
      cwd: path,
      env: { UNASKED: "set" },
    });
    const finish = await slurm.submit([
      `--dependency=afterany:${job}`,
      "--wrap",
      "true",
    ], { cwd: path });

    await waitUntil(
      async () => {
        const names = await folder.names();
        return [7, 8].every((task) => names.includes(`waits-${task}`));
      },
      "tasks 7 and 8 do not wait",
    );
    // As Slurm itself does before the time limit, and somebody who cancels.
    await slurm.run("scancel", ["--batch", "--signal=USR1", `${job}_7`]);
    await slurm.run("scancel", [`${job}_8`]);
    const tasks = await slurm.until(
      job,
      (tasks) => tasks.every(({ state }) => isOver(state)),
    );
    assertEquals(
      tasks.map((
        { id, state, restarts },
      ) => [Number(id.split("_")[1]), state, restarts])
        .toSorted(([a], [b]) => Number(a) - Number(b)),
      [
        [1, "COMPLETED", 0],
        [2, "COMPLETED", 1],
        [3, "FAILED", 2],
        [4, "FAILED", 0],
        [5, "FAILED", 0],
        [6, "COMPLETED", 1],
        [7, "COMPLETED", 1],
        [8, "CANCELLED", 0],
        [9, "COMPLETED", 1],
      ],
    );
    const runs = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map(async (task) =>
        (await Deno.readTextFile(`${path}/runs/${task}`)).split("\n").length - 1
      ),
    );
    assertEquals(runs, [1, 2, 3, 1, 1, 2, 2, 1, 2]);
    // Those of one array are waited for, whichever were put back.
    await slurm.until(finish, ([task]) => task?.state === "COMPLETED");

    const texts = await readLogs(logs);
    assertEquals([...texts.keys()].toSorted(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertStringIncludes(
      texts.get(1) ?? "",
      "task 1 of 9, run 1, key [a b], other []\n",
    );
    assertStringIncludes(
      texts.get(1) ?? "",
      `<sync><--shard><auto><stocks_daily><--from><2024-01-02><--out><${path}/$HOME "m" 'é'\n--x>\n`,
    );
    assertMatch(
      texts.get(2) ?? "",
      /run 1,[^]*Exit code 75: what failed may pass\. Slurm starts it again, 1 of 2\n[^]*run 2,/,
    );
    assertStringIncludes(
      texts.get(3) ?? "",
      "Exit code 75: what failed may pass, but try 3 was the last\n",
    );
    assertStringIncludes(texts.get(6) ?? "", "Exit code 137: it was killed");
    assertMatch(
      texts.get(7) ?? "",
      /told to end\n[^]*Exit code 130: its time was over[^]*run 2,/,
    );
    assertStringIncludes(texts.get(8) ?? "", "told to end\n");
    // A task by itself keeps the count.
    const again = await slurm.submit(["--array=1,4", script], { cwd: path });
    await slurm.until(
      again,
      (tasks) => tasks.every(({ state }) => isOver(state)),
    );
    assertEquals(
      (await Deno.readTextFile(`${logs}/flatbed-${again}_1.log`)).split(",")[0],
      "task 1 of 9",
    );
  },
});
