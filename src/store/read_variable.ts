/**
 * An environment variable, where it may be read: nobody is asked for a permission for
 * what is of use only where it is there.
 */
export function readVariable(variable: string): string | undefined {
  if (globalThis.Deno === undefined) return undefined;
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
