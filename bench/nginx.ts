import type { BenchObject } from "./data.ts";
import {
  answers,
  type BenchServer,
  freePort,
  startChild,
} from "./bench_server.ts";
import { writeListings } from "./listing.ts";

/**
 * Starts nginx over a folder of objects, with a configuration, a port and a scratch
 * folder of its own.
 *
 * An object that was uploaded in one part bears its MD5 as ETag, as on S3. The others
 * have nginx's own, which tells no more than S3's of an upload in parts does, and which
 * nginx compares with If-Match.
 */
export async function startNginx(
  path: string,
  objects: string,
  scratch: string,
): Promise<BenchServer> {
  await using cleanup = new AsyncDisposableStack();
  const port = freePort();
  const folder = `${scratch}/nginx`;
  await Deno.mkdir(folder);
  const reload = async (known: readonly BenchObject[]) => {
    await writeListings(known, `${folder}/listings`);
    await Deno.writeTextFile(
      `${folder}/etags.map`,
      known.map(({ key, md5 }) =>
        md5 === undefined ? "" : `"/flatfiles/${key}" '"${md5}"';\n`
      ).join(""),
    );
  };
  await reload([]);
  const config = `${folder}/nginx.conf`;
  await Deno.writeTextFile(config, configuration(port, folder, objects));
  const child = cleanup.use(
    startChild(path, ["-p", folder, "-c", config, "-e", `${folder}/errors`]),
  );
  if (!await answers(port, child.isRunning)) {
    const errors = await Deno.readTextFile(`${folder}/errors`);
    throw new Error(`nginx did not start: ${errors.slice(-2000)}`);
  }
  const { stderr } = await new Deno.Command(path, { args: ["-v"] }).output();
  const version = new TextDecoder().decode(stderr).split("/")[1]?.trim();
  const owned = cleanup.move();
  return {
    url: `http://127.0.0.1:${port}`,
    description: `nginx ${version}`,
    async reload(known) {
      await reload(known);
      child.signal("SIGHUP");
      // The old workers take no more connections from here on.
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function configuration(port: number, folder: string, objects: string): string {
  // A worker that root starts is somebody else otherwise, and reads nothing.
  const user = Deno.uid() === 0 ? "user root;" : "";
  return `${user}
daemon off;
worker_processes auto;
pid ${folder}/pid;
error_log ${folder}/errors;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  keepalive_timeout 120s;
  open_file_cache max=10000 inactive=600s;
  open_file_cache_valid 600s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map_hash_max_size 65536;
  map_hash_bucket_size 256;
  map $uri $object_etag {
    default "";
    include ${folder}/etags.map;
  }
  map $args $list_token {
    default first;
    "~(?:^|&)continuation-token=(?<token>[a-z0-9]+)" $token;
  }
  map $arg_delimiter $list_mode {
    default d;
    "" n;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/flatfiles/?$ {
      root ${folder}/listings;
      types {}
      default_type application/xml;
      etag off;
      try_files /$arg_prefix.$list_mode.$list_token.xml /empty.xml =404;
    }
    location ~ ^/flatfiles/.*/(day|minute)_aggs_v1/ {
      root ${objects};
      types {}
      default_type application/gzip;
      etag off;
      add_header ETag $object_etag;
      try_files $uri =404;
    }
    location /flatfiles/ {
      root ${objects};
      types {}
      default_type application/gzip;
      try_files $uri =404;
    }
  }
}
`;
}
