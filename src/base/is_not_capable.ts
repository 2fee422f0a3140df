/** Whether an error is Deno's word that a permission is missing. */
export function isNotCapable(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
