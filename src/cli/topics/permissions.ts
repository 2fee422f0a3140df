import type { Section } from "./topic.ts";

/** Which of Deno's permissions each command needs. docs/permissions.md says it in the same words. */
export function permissions(): readonly Section[] {
  return [
    "Deno gives a program only what you allow.",
    [
      ["@flatbed/flatbed/catalog, @flatbed/flatbed/calendar", "nothing"],
      ["AsyncS3Downloader", "--allow-net=HOST"],
      ["its downloadToFile", "and --allow-read=DIR --allow-write=DIR"],
      [
        "SyncS3Downloader",
        "the same; from a checkout, its worker also needs --allow-read for the checkout",
      ],
      ["flatbed datasets, keys, calendar", "nothing"],
      ["flatbed completions, help", "nothing"],
      ["flatbed init", "--allow-write=DIR; with --force also --allow-read=DIR"],
      [
        "flatbed ls",
        "--allow-net=HOST --allow-env=FLATBED_*, or the prefix of your pair and of those before it",
      ],
      [
        "flatbed get",
        "--allow-net=HOST --allow-env=FLATBED_* --allow-read=DIR --allow-write=DIR; progress bars need the whole of --allow-env",
      ],
      [
        "flatbed sync, watch, verify --rebuild",
        "as get; --allow-sys=statfs,hostname lets sync and watch look at the free space first, and name this machine to others that want the folder",
      ],
      [
        "--credentials aws",
        "besides, the whole of --allow-env, --allow-read for the AWS configuration, --allow-sys=osRelease, and --allow-net for where a login leads; a credential_process also wants to be run",
      ],
      ["flatbed verify --repair", "as get"],
      [
        "flatbed doctor",
        "as get; --allow-sys=statfs lets it look at the free space",
      ],
      [
        "flatbed verify --remote",
        "as ls, and --allow-read=DIR; --allow-write=DIR lets it remember what it found, and --repair needs it",
      ],
      [
        "flatbed entitlements",
        "--allow-net=HOST --allow-env=FLATBED_* --allow-read=DIR; --allow-write=DIR lets it remember what it found",
      ],
      [
        "flatbed verify",
        "--allow-read=DIR --allow-env=FLATBED_*; with --allow-write=DIR it remembers what --full has found",
      ],
      ["flatbed release", "--allow-read=DIR --allow-write=DIR"],
      [
        "flatbed status, missing",
        "--allow-read=DIR; status --svg FILE also --allow-read and --allow-write for that file's folder; missing --accept and --forget also --allow-write=DIR",
      ],
      ["flatbed serve", "--allow-net=127.0.0.1"],
      [
        "flatbed demo",
        "--allow-net=127.0.0.1 --allow-read=DIR --allow-write=DIR",
      ],
    ],
    "flatbed.json in the current folder is read where --allow-read includes it, and counts as not there where it does not.",
    "The certificates of SSL_CERT_FILE and AWS_CA_BUNDLE are taken, and messages name a proxy, where --allow-env includes the variables and --allow-read the files. Proxies themselves need no permission.",
    "Several downloads at once are shared out among worker threads where AsyncS3Downloader may read its own module (from a checkout with --allow-read for it, from JSR without anything), and are done in one thread where it may not.",
    "Where one is missing, the error is a sentence that names its flag. Nothing needs --allow-ffi or --allow-import, and only a credential_process of --credentials aws needs --allow-run.",
  ];
}
