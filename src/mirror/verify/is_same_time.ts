/**
 * Whether a file's time is the one that was noted. `tar` and some file systems keep whole
 * seconds only, FAT every other one.
 */
export function isSameTime(found: Date | null, noted: Date): boolean {
  if (found === null) return false;
  const difference = noted.getTime() - found.getTime();
  return difference === 0 ||
    found.getTime() % 1000 === 0 && difference > 0 && difference < 2000;
}
