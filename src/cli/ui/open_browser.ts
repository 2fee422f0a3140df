import { readVariable } from "../../store/mod.ts";

/** The programs that open an address, by the platform. */
const OPENERS: Partial<
  Record<typeof Deno.build.os, readonly [string, ...string[]]>
> = {
  linux: ["xdg-open"],
  freebsd: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens an address in the browser, where there is a display and the permission to start the
 * program. Nothing is said where that fails: the address is printed as well.
 */
export function openBrowser(address: string): void {
  const [program, ...args] = OPENERS[Deno.build.os] ?? [];
  if (program === undefined || !hasDisplay()) return;
  const { state } = Deno.permissions.querySync({
    name: "run",
    command: program,
  });
  if (state !== "granted") return;
  try {
    const child = new Deno.Command(program, {
      args: [...args, address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    child.status.catch(() => {});
  } catch { /* there is no such program */ }
}

/** Whether a window would be seen by who started this. */
function hasDisplay(): boolean {
  if (Deno.build.os === "windows" || Deno.build.os === "darwin") {
    return !readVariable("SSH_CONNECTION");
  }
  return ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => readVariable(name));
}
