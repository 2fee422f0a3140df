import type { Section } from "./topic.ts";

/** Which of Deno's permissions each command needs. docs/permissions.md says it in the same words. */
export function permissions(): readonly Section[] {
  return [
    "Deno gives a program only the permissions that you grant.",
    [
      ["@flatbed/flatbed/catalog, @flatbed/flatbed/calendar", "nothing"],
      ["AsyncS3Downloader", "--allow-net=HOST"],
      ["its downloadToFile", "and --allow-read=DIR --allow-write=DIR"],
      [
        "SyncS3Downloader",
        "the same; from a checkout also --allow-read for the checkout, since it starts a worker",
      ],
      ["flatbed datasets, keys, calendar, cluster", "nothing"],
      ["flatbed completions, help", "nothing"],
      ["flatbed init", "--allow-write=DIR; with --force also --allow-read=DIR"],
      [
        "flatbed ls",
        "--allow-net=HOST --allow-env=FLATBED_*; if your key pair has another prefix, every prefix up to it, in the order FLATBED_*, MASSIVE_*, POLYGON_*, AWS_*",
      ],
      [
        "flatbed get",
        "--allow-net=HOST --allow-env=FLATBED_* --allow-read=DIR --allow-write=DIR; for progress bars, --allow-env without a list",
      ],
      [
        "flatbed sync, watch, verify --rebuild",
        "as get; with --allow-sys=statfs,hostname, sync and watch check the free space first, and tell other processes that use the folder the name of this machine",
      ],
      [
        "--out s3://bucket/prefix",
        "in the place of the flags for DIR, and in addition to the others: --allow-env without a list, --allow-net for the bucket's host, --allow-sys=osRelease, and --allow-read for the AWS configuration; --allow-read and --allow-write for ~/.cache/flatbed keep what is read there for the next time; parquet and sql also need both for the folder of temporary files",
      ],
      [
        "--credentials aws",
        "in addition, --allow-env without a list, --allow-read for the AWS configuration, --allow-sys=osRelease, and --allow-net for the hosts of the login; a credential_process has to be started as well",
      ],
      ["flatbed verify --repair", "as get"],
      [
        "flatbed doctor",
        "as get; with --allow-sys=statfs it checks the free space",
      ],
      [
        "flatbed verify --remote",
        "as ls, and --allow-read=DIR; with --allow-write=DIR it records the findings; --repair needs that",
      ],
      [
        "flatbed entitlements",
        "--allow-net=HOST --allow-env=FLATBED_* --allow-read=DIR; with --allow-write=DIR it records the findings",
      ],
      [
        "flatbed verify",
        "--allow-read=DIR --allow-env=FLATBED_*; with --allow-write=DIR it records what --full finds",
      ],
      [
        "flatbed extract",
        "--allow-read=DIR --allow-env=FLATBED_*; --allow-net=HOST for days that are not in the mirror, and --allow-write for the folder of --output",
      ],
      [
        "flatbed tickers, check",
        "--allow-read=DIR; with --allow-write=DIR they keep the indexes that they make",
      ],
      ["flatbed paths", "--allow-read=DIR"],
      [
        "flatbed sql",
        "--allow-read=DIR --allow-write=DIR --allow-run=DENO, with DENO for the program that runs it; --allow-write for the folder of --output",
      ],
      [
        "flatbed index",
        "--allow-read=DIR --allow-write=DIR --allow-env=FLATBED_*; with --remote also --allow-net=HOST, with --export --allow-write for that file's folder",
      ],
      [
        "flatbed parquet",
        "--allow-read=DIR --allow-write=DIR --allow-run=DENO, with DENO for the program that runs it",
      ],
      ["flatbed release", "--allow-read=DIR --allow-write=DIR"],
      ["flatbed shards", "--allow-read=DIR"],
      [
        "--shard auto",
        "in addition, --allow-env for the engine's variables, which the error names",
      ],
      [
        "flatbed status, missing",
        "--allow-read=DIR; status --svg FILE and --html FILE also --allow-read and --allow-write for that file's folder; missing --accept and --forget also --allow-write=DIR",
      ],
      [
        "flatbed ui",
        "--allow-net=127.0.0.1 --allow-read=DIR --allow-env=FLATBED_* to look; what is started on the page needs what its command needs, such as --allow-net=HOST --allow-write=DIR for a sync; --allow-run=xdg-open --allow-env=DISPLAY opens the browser, on macOS open, on Windows rundll32, and without it you copy the address",
      ],
      [
        "flatbed serve --mirror",
        "--allow-net=HOST --allow-read=DIR, with HOST for the address to listen on; --allow-read also for the files of keys and certificates, and with --make-access-key --allow-write for the file of keys",
      ],
      ["flatbed serve", "--allow-net=127.0.0.1"],
      [
        "flatbed demo",
        "--allow-net=127.0.0.1 --allow-read=DIR --allow-write=DIR",
      ],
    ],
    "flatbed.json in the current folder is read if --allow-read includes it, and ignored otherwise.",
    "SSL_CERT_FILE and AWS_CA_BUNDLE are used if --allow-env includes the variables and --allow-read the files. Proxies work without a permission, but messages name them only if --allow-env includes their variables.",
    "AsyncS3Downloader runs concurrent downloads in worker threads, and a mirror its work on many or large files, if it may read its own module: from a checkout with --allow-read for the checkout, from JSR without a permission. Otherwise it uses one thread.",
    "DuckDB is native code, which Deno's permissions do not bind. So flatbed parquet and sql run it in a process of its own, with --allow-ffi and nothing else, and with DuckDB's own restrictions, locked before any query comes: no network, no extensions, no files but those of the mirror, of --parquet-out and of --allow. A query of flatbed sql is parsed first, and refused unless it is a single one that only reads. When DuckDB crashes, one day has failed and the others go on.",
    "If a permission is missing, the error names its flag. Nothing needs --allow-ffi or --allow-import; only DuckDB and a credential_process of --credentials aws need --allow-run.",
  ];
}
