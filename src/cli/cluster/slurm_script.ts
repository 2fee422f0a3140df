import { ExitCode } from "../exit_code.ts";
import { bashWord, bashWords } from "../../base/mod.ts";
import { codesOf } from "./after_exit.ts";
import { argumentsOf, type ClusterJob } from "./cluster_job.ts";

/** What only Slurm wants to know. */
export interface SlurmOptions {
  /** At most so many shards run at once. */
  atOnce?: number;
  partition?: string;
  account?: string;
  /** The folder for logs. */
  logs: string;
  /** The file with the variables that hold the keys; without one, the script reads none. */
  credentialsFile?: string;
  /** The program on the nodes. */
  program: string;
}

/** How long before the time limit a shard is told to end, in seconds. */
const NOTICE = 120;

/**
 * The variables that a job takes over from the shell that submits it. Not all: Slurm keeps
 * them on disk, and keys may be among them.
 */
const PASSED_ON = [
  ...["PATH", "HOME", "LANG", "DENO_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"],
  ...["FLATBED_ENDPOINT_URL", "FLATBED_OUT_ENDPOINT", "FLATBED_OUT_REGION"],
  ...["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE"],
  ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"],
  ...["SSL_CERT_FILE", "DENO_CERT", "DENO_TLS_CA_STORE"],
  ...["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"],
];

/** Makes the script that `sbatch` takes. */
export function slurmScript(job: ClusterJob, options: SlurmOptions): string {
  const { isFinish, shards, retries } = job;
  const out = bashWords(job.outArguments);
  const last = isFinish
    ? `# ${
      job.command[0]
    }, after all ${shards} shards have ended: what they left, and the proof that
# all is there.
#
#   sbatch --dependency=afterany:"$job" THIS_FILE
#
# with the number that 'job=$(sbatch --parsable ...)' has kept of the shards' own script.`
    : `# ${job.command[0]} in ${shards} shards, each a task of the array.
#
#   job=$(sbatch --parsable THIS_FILE)
#   flatbed shards ${out}
#
# Failed shards, once more: they do what is left, and there are still ${shards} of them.
#
#   failed=$(flatbed shards --failed ${out})
#   [ -z "$failed" ] || sbatch --array="$failed" THIS_FILE
#
# What is to run after all shards is printed by 'flatbed cluster slurm --finish'.`;
  return `#!/bin/bash
${last}
${directives(job, options).map((line) => `#SBATCH ${line}`).join("\n")}

set -u
${isFinish ? "" : shardLines(shards)}${credentialLines(options)}
# Slurm says USR1 ${NOTICE} seconds before the time limit, and TERM where the job is cancelled,
# requeued or preempted. Both end the sync cleanly; the next run resumes it.
child='' is_late='' is_over=''
trap 'is_late=yes; [[ -z $child ]] || kill -TERM "$child"' USR1
trap 'is_over=yes; [[ -z $child ]] || kill -TERM "$child"' TERM INT

${
    isFinish
      ? `# For the log: how the shards have ended.
${bashWords([options.program, "shards", ...job.outArguments])} || true

`
      : ""
  }${bashWords([options.program, ...argumentsOf(job)])} &
child=$!
# A signal ends a wait, not what is waited for.
while kill -0 "$child" 2>/dev/null; do wait "$child"; done
wait "$child"
code=$?

# By itself Slurm starts nothing again because of its exit code.
why=''
case $code in
  0) ;;
  ${codesOf("again").join("|")}) why='what failed may pass' ;;
  137) why='it was killed, perhaps for its memory' ;;
  ${ExitCode.Interrupted}) [[ -z $is_late ]] || why='its time was over' ;;
esac
if [[ -n $why && -z $is_over ]]; then
  restarts=\${SLURM_RESTART_COUNT:-0}
  if ((restarts < ${retries})); then
    echo "Exit code $code: $why. Slurm starts it again, $((restarts + 1)) of ${retries}" >&2
    ${
    isFinish
      ? 'scontrol requeue "$SLURM_JOB_ID" && exit "$code"'
      : `# Not by SLURM_JOB_ID: of the last task that is the number of the whole array.
    scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit "$code"`
  }
  fi
  echo "Exit code $code: $why, but try $((restarts + 1)) was the last" >&2
fi
exit "$code"
`;
}

function shardLines(shards: number): string {
  return `
# The count for '--shard auto': it stays, whichever tasks --array names.
export FLATBED_SHARD_COUNT=${shards}
`;
}

/** The options of `sbatch`, which its own command line overrides. */
function directives(
  job: ClusterJob,
  { atOnce, partition, account, logs }: SlurmOptions,
): string[] {
  const { name, isFinish, shards, minutes } = job;
  const folder = logs === "." ? "" : `${logs.replace(/\/+$/, "")}/`;
  const log = `${folder.replaceAll("%", "%%")}%x-${
    isFinish ? "%j" : "%A_%a"
  }.log`;
  return [
    `--job-name=${name}${isFinish ? "-finish" : ""}`,
    ...isFinish
      ? []
      : [`--array=1-${shards}${atOnce === undefined ? "" : `%${atOnce}`}`],
    ...partition === undefined ? [] : [`--partition=${partition}`],
    ...account === undefined ? [] : [`--account=${account}`],
    "--nodes=1 --ntasks=1",
    `--cpus-per-task=${job.cpus} --mem=${job.mebibytes}M`,
    ...minutes === undefined ? [] : [`--time=${minutes}`],
    `--signal=B:USR1@${NOTICE}`,
    "--requeue",
    "--open-mode=append",
    `--output="${log.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`,
    `--export=${PASSED_ON.join()}`,
  ];
}

/** The lines that read the keys from a file which only its owner can read. */
function credentialLines({ credentialsFile }: SlurmOptions): string {
  if (credentialsFile === undefined) return "";
  const path = credentialsFile.startsWith("~/")
    ? `"$HOME"/${bashWord(credentialsFile.slice(2))}`
    : bashWord(credentialsFile);
  return `
# The keys: FLATBED_ACCESS_KEY_ID=... and FLATBED_SECRET_ACCESS_KEY=..., a line each.
credentials=${path}
if [[ ! -r $credentials ]]; then
  echo "Cannot read the credentials in $credentials" >&2
  exit 2
fi
if [[ $(stat -L -c %a "$credentials") != *00 ]]; then
  echo "Others can read the credentials in $credentials: chmod 600 it" >&2
  exit 2
fi
set -a
# shellcheck source=/dev/null
. "$credentials"
set +a
`;
}
