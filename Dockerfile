# The command line for engines that run images: docs/many-machines.md. The tests hold it
# against this checkout (tests/tools/image_test.ts), the release tries it and publishes it.
ARG DENO_VERSION=2.9.6

FROM denoland/deno:${DENO_VERSION} AS build
ENV DENO_DIR=/deno-dir
WORKDIR /app
COPY deno.json deno.lock flatbed.schema.json cli.ts ./
COPY src/ src/
COPY tools/ tools/
# All that is ever loaded comes now: nothing is fetched when it runs.
RUN deno run --allow-all --no-lock --no-config tools/image.ts \
  && rm -rf tools && mkdir /scratch

FROM denoland/deno:distroless-${DENO_VERSION}
COPY --from=build /app /app
COPY --from=build /deno-dir /deno-dir
# The only folder that must be writable, besides a mirror.
COPY --from=build --chown=65532:65532 /scratch /scratch
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 HOME=/scratch XDG_CACHE_HOME=/scratch TMPDIR=/scratch
USER 65532:65532
VOLUME ["/scratch"]
# tini is process 1: it hands on SIGTERM, and takes in what processes leave behind.
ENTRYPOINT ["/tini", "--", "/bin/deno", "run", "--config=/app/deno.json", "--lock=/app/deno.lock", "--frozen", "--cached-only", "--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-write", "--allow-sys=statfs,hostname,osRelease", "--allow-run=/bin/deno", "/app/cli.ts"]
CMD ["--help"]
