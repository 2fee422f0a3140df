// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Checks before a release that its tag, `deno.json` and `CHANGELOG.md` agree.
 *
 * @example
 * ```sh
 * deno task deno run -A tools/release_check.ts v0.1.0
 * ```
 *
 * @module
 */

import { isIsoDate } from "../src/calendar/mod.ts";
import { IMAGE } from "../src/cli/cluster/image.ts";
import config from "../deno.json" with { type: "json" };

/** A version's part of a changelog that keeps to Keep a Changelog 1.1.0. */
export interface ChangelogSection {
  version: string;
  /** As it is written; `undefined` for what is not released. */
  date: string | undefined;
  /** What has changed, without the heading. */
  body: string;
}

/** The sections of a changelog, the newest first, `Unreleased` included. */
export function changelogSections(changelog: string): ChangelogSection[] {
  const heading = /^## \[([^\]]+)\](?: - (.+))?$/m;
  // The text before the first heading, and three pieces for each.
  const [, ...pieces] = changelog.replaceAll("\r\n", "\n").split(heading);
  return pieces.flatMap((version, index) =>
    index % 3 !== 0 || version === undefined ? [] : [{
      version,
      date: pieces[index + 1]?.trim(),
      body: pieces[index + 2]?.trim() ?? "",
    }]
  );
}

/** What keeps a tag from being released, a sentence each; none where all agree. */
export function disagreements(
  tag: string,
  version: string,
  changelog: string,
): string[] {
  const found: string[] = [];
  if (tag !== `v${version}`) {
    found.push(
      `The tag is '${tag}', and the version in deno.json '${version}': the tag of that version is 'v${version}'`,
    );
  }
  const sections = changelogSections(changelog);
  const section = sections.find((section) => section.version === version);
  if (section === undefined) {
    found.push(
      `CHANGELOG.md has no section '## [${version}] - YYYY-MM-DD': give what is under '## [Unreleased]' that heading`,
    );
    return found;
  }
  const newest = sections.find(({ version }) => version !== "Unreleased");
  if (newest !== section) {
    found.push(
      `The newest version in CHANGELOG.md is '${newest?.version}', not '${version}'`,
    );
  }
  if (!isIsoDate(section.date)) {
    found.push(
      `CHANGELOG.md has no date for version '${version}': its heading is '## [${version}] - YYYY-MM-DD'`,
    );
  }
  if (section.body === "") {
    found.push(`CHANGELOG.md does not say what is in version '${version}'`);
  }
  return found;
}

/**
 * What is wrong with the image that jobs name, where a repository releases it: its workflow
 * publishes one under its own name.
 */
export function imageDisagreement(
  repository: string | undefined,
  image: string = IMAGE,
): string | undefined {
  const [name = ""] = image.split(":");
  return repository === undefined || name === `ghcr.io/${repository}`
    ? undefined
    : `src/cli/cluster/image.ts has jobs use '${name}', and this repository publishes 'ghcr.io/${repository}'`;
}

/** The project's changelog. */
export async function readChangelog(): Promise<string> {
  return await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
}

if (import.meta.main) {
  const [tag] = Deno.args;
  if (tag === undefined) {
    console.error("Say which tag, as in tools/release_check.ts v0.1.0");
    Deno.exit(2);
  }
  const found = [
    ...disagreements(tag, config.version, await readChangelog()),
    imageDisagreement(Deno.env.get("GITHUB_REPOSITORY")),
  ].filter((sentence) => sentence !== undefined);
  for (const sentence of found) console.error(sentence);
  if (found.length > 0) Deno.exit(1);
  console.log(`${tag} can be released`);
}
