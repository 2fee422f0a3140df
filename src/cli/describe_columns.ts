/** How columns differ, in a few words. */
export function describeColumns(
  { missing, extra }: {
    readonly missing: readonly string[];
    readonly extra: readonly string[];
  },
): string {
  const parts = [
    missing.length > 0 ? `no ${missing.join(", ")}` : "",
    extra.length > 0 ? `also ${extra.join(", ")}` : "",
  ].filter((part) => part !== "");
  return parts.join("; ") || "another order";
}
