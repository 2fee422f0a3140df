/** Whether an error is Deno's `NotCapable`: a permission is missing. */
export function isNotCapable(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
