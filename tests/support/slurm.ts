/**
 * A Slurm of this machine's own: munged, slurmctld and a slurmd for each node, with keys,
 * sockets and ports that nothing else has, so that two may run side by side. It needs
 * neither systemd nor cgroups, and ends with the test.
 *
 * @module
 */
import { hostname, userInfo } from "node:os";
import { makeFolder } from "./folder.ts";
import { type ProgramOptions, runProgram } from "./program.ts";
import { waitUntil } from "./wait_until.ts";

/** The programs that a Slurm is made of. */
const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch"] as const;

/** When tasks start that were put back, in seconds. */
const SOON = 3;

/** A task of a job, as `squeue` shows it. */
export interface SlurmTask {
  /** The job's number, of a task of an array with `_` and the task's own. */
  id: string;
  /** `PENDING`, `RUNNING`, `COMPLETED`, … */
  state: string;
  /** Why it waits. */
  reason: string;
  node: string;
  /** How often it was started again. */
  restarts: number;
}

/** A Slurm that runs. */
export interface Slurm extends AsyncDisposable {
  /** The variables that lead Slurm's commands to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one of Slurm's commands. */
  run(
    program: string,
    args: readonly string[],
    options?: ProgramOptions,
  ): Promise<string>;
  /** Submits a job; returns its number. */
  submit(args: readonly string[], options?: ProgramOptions): Promise<string>;
  /** All tasks of a job, also those that have ended. */
  tasks(job: string): Promise<SlurmTask[]>;
  /**
   * Waits until the tasks of a job are as wanted. Tasks that were put back start soon:
   * Slurm has them wait for two minutes, until the credential of the run before is void.
   */
  until(
    job: string,
    isWanted: (tasks: readonly SlurmTask[]) => boolean,
    seconds?: number,
  ): Promise<SlurmTask[]>;
}

/** Whether a task in a state has ended, and does not begin again. */
export function isOver(state: string): boolean {
  return !["PENDING", "RUNNING", "COMPLETING"].includes(state);
}

/** Where Debian has the daemons, whatever the PATH says. */
const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    try {
      await Deno.stat(`${folder}/${name}`);
      return `${folder}/${name}`;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Which of Slurm's programs this machine lacks. */
export async function missingSlurmPrograms(): Promise<string[]> {
  if (Deno.build.os !== "linux") return [...PROGRAMS];
  const found = await Promise.all(PROGRAMS.map(findProgram));
  return PROGRAMS.filter((_, at) => found[at] === undefined);
}

/** Starts a Slurm with some nodes, all of them this machine. */
export async function startSlurm(
  { nodes = 2, cpus = 4 }: { nodes?: number; cpus?: number } = {},
): Promise<Slurm> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await makeFolder());
  const { path } = folder;
  for (const name of ["run", "state", "spool", "log"]) {
    await Deno.mkdir(`${path}/${name}`, { mode: 0o755 });
  }
  await Deno.chmod(path, 0o755);
  const configuration = `${path}/slurm.conf`;
  await Deno.writeTextFile(
    configuration,
    configurationOf(path, nodes, cpus, freePorts(nodes + 1)),
  );
  await Deno.writeFile(
    `${path}/munge.key`,
    crypto.getRandomValues(new Uint8Array(1024)),
    { mode: 0o600 },
  );
  const env = { SLURM_CONF: configuration };
  const start = async (name: string, args: readonly string[]) => {
    const program = await findProgram(name);
    if (program === undefined) throw new Error(`There is no ${name}`);
    cleanup.use(startDaemon(program, args, env));
  };
  const munge = `${path}/run/munge.sock`;
  await start("munged", [
    "--foreground",
    "--force",
    `--key-file=${path}/munge.key`,
    `--socket=${munge}`,
    `--pid-file=${path}/run/munged.pid`,
    `--seed-file=${path}/run/munge.seed`,
    `--log-file=${path}/log/munged.log`,
  ]);
  await waitUntil(() => exists(munge), "munged did not start");
  await start("slurmctld", ["-D", "-c", "-f", configuration]);
  for (let node = 1; node <= nodes; node++) {
    await start("slurmd", ["-D", "-c", "-f", configuration, "-N", `n${node}`]);
  }
  const run = (
    program: string,
    args: readonly string[],
    options: ProgramOptions = {},
  ) =>
    runProgram(program, args, { ...options, env: { ...options.env, ...env } });
  // Ends what jobs still run, while there is somebody who can.
  cleanup.defer(() => endJobs(run));
  await waitUntil(async () => {
    const idle = await run("sinfo", ["-h", "-N", "-t", "idle", "-o", "%N"])
      .catch(() => "");
    return idle.split("\n").filter((line) => line !== "").length === nodes;
  }, "Slurm did not start");

  const tasks = async (job: string): Promise<SlurmTask[]> => {
    const text = await run("scontrol", ["--oneliner", "show", "job", job]);
    return text.split("\n").filter((line) => line !== "").map(taskOf);
  };
  const slurm = {
    env,
    run,
    async submit(args: readonly string[], options: ProgramOptions = {}) {
      const text = await run("sbatch", ["--parsable", ...args], options);
      return text.trim();
    },
    tasks,
    async until(
      job: string,
      isWanted: (tasks: readonly SlurmTask[]) => boolean,
      seconds = 120,
    ) {
      let last: SlurmTask[] = [];
      const sooner = new Set<string>();
      await waitUntil(
        async () => {
          last = await tasks(job);
          for (const { id, reason, restarts } of last) {
            const attempt = `${id} ${restarts}`;
            if (reason !== "BeginTime" || sooner.has(attempt)) continue;
            sooner.add(attempt);
            // A node refuses what is of the same second as the end of the run before.
            const start = `StartTime=now+${SOON}`;
            await run("scontrol", ["update", `JobId=${id}`, start]);
          }
          return isWanted(last);
        },
        () => `job ${job} is not as wanted: ${JSON.stringify(last)}`,
        { seconds },
      );
      return last;
    },
  };
  const owned = cleanup.move();
  return { ...slurm, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function configurationOf(
  path: string,
  nodes: number,
  cpus: number,
  [controlPort = 0, ...ports]: readonly number[],
): string {
  const [host = "localhost"] = hostname().split(".");
  const { username } = userInfo();
  return `ClusterName=flatbed
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controlPort}
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${path}/run/munge.sock
CredType=cred/munge
StateSaveLocation=${path}/state
SlurmdSpoolDir=${path}/spool/%n
SlurmctldPidFile=${path}/run/slurmctld.pid
SlurmdPidFile=${path}/run/slurmd.%n.pid
SlurmctldLogFile=${path}/log/slurmctld.log
SlurmdLogFile=${path}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=0,sched_interval=1,batch_sched_delay=0,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=20
MinJobAge=3600
SlurmdTimeout=300
MailProg=/bin/true
SlurmdParameters=config_overrides
${
    ports.map((port, at) =>
      `NodeName=n${
        at + 1
      } NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=${cpus} RealMemory=64000`
    ).slice(0, nodes).join("\n")
  }
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** Ports that nobody listens on just now, each another. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function startDaemon(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): AsyncDisposable {
  const child = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isRunning = true;
  const ended = child.status.then(() => isRunning = false);
  return {
    async [Symbol.asyncDispose]() {
      if (isRunning) child.kill("SIGTERM");
      const killed = setTimeout(() => {
        if (isRunning) child.kill("SIGKILL");
      }, 10_000);
      await ended;
      clearTimeout(killed);
    },
  };
}

async function endJobs(
  run: (program: string, args: readonly string[]) => Promise<string>,
): Promise<void> {
  const running = async () => (await run("squeue", ["-h", "-o", "%i"])).trim();
  if (await running() === "") return;
  await run("scancel", ["--full", "--user", userInfo().username]);
  await waitUntil(async () => await running() === "", "jobs do not end");
}

function taskOf(line: string): SlurmTask {
  const field = (name: string) =>
    new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? "";
  const array = field("ArrayJobId");
  return {
    id: array === "" ? field("JobId") : `${array}_${field("ArrayTaskId")}`,
    state: field("JobState"),
    reason: field("Reason"),
    node: field("NodeList"),
    restarts: Number(field("Restarts")),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
