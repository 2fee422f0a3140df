import type { Topic } from "./topic.ts";

export type { Section, Topic } from "./topic.ts";

/** What `flatbed help` knows besides the commands. */
export const TOPICS: readonly Topic[] = [
  {
    name: "configuration",
    summary: "flatbed.json and its fields",
    load: async () => (await import("./configuration.ts")).configuration(),
  },
  {
    name: "environment",
    summary: "the environment variables that are read",
    load: async (program) =>
      (await import("./environment.ts")).environment(program),
  },
  {
    name: "exit-codes",
    summary: "what the exit codes mean",
    load: async () => (await import("./exit_codes.ts")).exitCodes(),
  },
  {
    name: "layout",
    summary: "the paths of files, in the bucket and in a folder",
    load: async () => (await import("./layout.ts")).layout(),
  },
  {
    name: "permissions",
    summary: "which of Deno's permissions each command needs",
    load: async () => (await import("./permissions.ts")).permissions(),
  },
];
