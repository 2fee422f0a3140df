/**
 * An environment variable, if it may be read. Never prompts for the permission: such
 * variables are optional.
 */
export function readVariable(variable: string): string | undefined {
  if (globalThis.Deno === undefined) return undefined;
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
