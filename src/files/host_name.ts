/**
 * The name of this machine; undefined where this program may not read it. Nobody is asked
 * for the permission.
 */
export function hostName(): string | undefined {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "hostname",
  });
  return state === "granted" ? Deno.hostname() : undefined;
}
