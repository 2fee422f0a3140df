/** How far something is. */
export function Progress(
  { value, of, label }: {
    /** How much is done. */
    value: number;
    /** How much there is; `undefined` if that is not known. */
    of: number | undefined;
    /** What it is that goes on. */
    label: string;
  },
) {
  return of === undefined || of <= 0
    ? <progress class="progress" aria-label={label} />
    : (
      <progress
        class="progress"
        aria-label={label}
        max={of}
        value={Math.min(value, of)}
      />
    );
}
