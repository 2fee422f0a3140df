// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Writes the notes of a release: what `CHANGELOG.md` says of it, and each binary's
 * size and start time.
 *
 * @example
 * ```sh
 * deno task deno run -A tools/release_notes.ts trials
 * ```
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { binaryName, TARGETS } from "./compile.ts";
import { changelogSections, readChangelog } from "./release_check.ts";
import type { BinaryTrial } from "./release_trial.ts";

/**
 * The notes of a version, in Markdown; `repository` is where it was built, as GitHub
 * names it.
 *
 * @throws {Error} If a platform's binary was not tried.
 */
export function releaseNotes(
  version: string,
  changelog: string,
  trials: readonly BinaryTrial[],
  repository: string,
): string {
  const rows = TARGETS.map((target) => {
    const trial = trials.find((trial) => trial.target === target);
    if (trial === undefined) {
      throw new Error(`The binary for ${target} was not tried`);
    }
    const size = (trial.size / 1e6).toFixed(0);
    const name = binaryName(version, target);
    return `| \`${name}\` | ${size} MB | ${trial.startsIn.toFixed(0)} ms |`;
  });
  const section = changelogSections(changelog)
    .find((section) => section.version === version);
  return `${section?.body ?? ""}

## Binaries

| file | size | starts in |
| --- | ---: | ---: |
${rows.join("\n")}

The start is the median of \`flatbed --version\` on GitHub's machines.
\`SHA256SUMS\` has the checksums; \`gh attestation verify FILE --repo ${repository}\`
proves that this repository's workflow built a file.
`;
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error(
      "Say in which folder the trials are, as in tools/release_notes.ts trials",
    );
    Deno.exit(2);
  }
  const trials: BinaryTrial[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    trials.push(JSON.parse(await Deno.readTextFile(`${folder}/${name}`)));
  }
  const repository = Deno.env.get("GITHUB_REPOSITORY") ?? "OWNER/REPOSITORY";
  const changelog = await readChangelog();
  console.log(releaseNotes(config.version, changelog, trials, repository));
}
