/** The exit codes, which are documented for the users' own scripts. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  WrongUsage: 2,
  MissingUpstream: 3,
  Interrupted: 130,
  /** As shells report a program that SIGPIPE ended. */
  BrokenPipe: 141,
} as const;
