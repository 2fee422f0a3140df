/** What the measurements were made on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  deno: string;
  date: string;
}

/** Describes this machine. */
export async function describeMachine(): Promise<Machine> {
  const cpu = await Deno.readTextFile("/proc/cpuinfo").then(
    (text) => /^model name\s*:\s*(.*)$/m.exec(text)?.[1],
    () => undefined,
  );
  return {
    cpu: cpu ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryGb: Math.round(Deno.systemMemoryInfo().total / 1e9),
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    date: new Date().toISOString().slice(0, 10),
  };
}
