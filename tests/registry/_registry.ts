import { assertExists } from "@std/assert";
import { ROOT } from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { makeNpmCache } from "../support/npm_cache.ts";
import { PublishedPackage } from "./_package.ts";
import { runProgram } from "../support/program.ts";

/** The packages of the standard library that Flatbed needs; small ones stand in for them. */
const STANDARD = ["async", "bytes", "datetime", "streams"] as const;

/**
 * A registry on this machine that speaks JSR's protocol: what `deno publish` and imports
 * ask for, and what `npm install` asks for behind `@jsr:registry`.
 */
export class Registry implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #packages = new Map<string, PublishedPackage>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  /** Starts a registry that has nothing but packages of the standard library. */
  static async start(): Promise<Registry> {
    const registry = new Registry(await makeFolder());
    await makeNpmCache(registry.#cache);
    for (const name of STANDARD) {
      const from = new URL(`tools/std/${name}/`, ROOT);
      const { folder } = await registry.#add(`@std/${name}`);
      for await (const file of Deno.readDir(from)) {
        await Deno.copyFile(new URL(file.name, from), `${folder}/${file.name}`);
      }
    }
    return registry;
  }

  /** Where it is: `JSR_URL`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Where npm finds JSR's packages: `@jsr:registry` of an `.npmrc`. */
  get npmUrl(): string {
    return `${this.url}npm/`;
  }

  /** The folder with npm packages: those of `deno.lock`, for a resolver that knows no others. */
  get npmCache(): string {
    return `${this.#cache}/npm`;
  }

  get #cache(): string {
    return `${this.#folder.path}/cache`;
  }

  /** What the registry itself runs Deno with. */
  get #env(): Record<string, string> {
    return { JSR_URL: this.url, DENO_DIR: this.#cache };
  }

  /** Publishes the package of this checkout as `deno publish` does. */
  async publishFlatbed(): Promise<PublishedPackage> {
    await runProgram(Deno.execPath(), [
      ...["publish", "--token", "any", "--no-provenance"],
      ...["--allow-dirty", "--no-check", "--no-lock"],
    ], { cwd: ROOT, env: this.#env });
    const published = this.#packages.get("@flatbed/flatbed");
    assertExists(published);
    return published;
  }

  async #add(name: string): Promise<PublishedPackage> {
    const folder = `${this.#folder.path}/packages/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    const added = new PublishedPackage(name, folder);
    this.#packages.set(name, added);
    return added;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const path = decodeURIComponent(pathname);
    const publishing =
      /^\/api\/scopes\/(\w+)\/packages\/(\w+)(\/versions\/.+)?$/.exec(path);
    if (publishing !== null) {
      const [, scope, name, version] = publishing;
      if (request.method === "POST") {
        return await this.#publish(`@${scope}/${name}`, request);
      }
      return version === undefined
        ? Response.json({ scope, name })
        : new Response(null, { status: 404 }); // this version is free
    }
    const npm = /^\/npm\/@jsr\/(\w+)__(\w+)(\.tgz)?$/.exec(path);
    if (npm !== null) {
      const [, scope, name, ending] = npm;
      const wanted = this.#packages.get(`@${scope}/${name}`);
      if (wanted !== undefined) {
        return await this.#answerNpm(wanted, ending !== undefined);
      }
    }
    const [, name = "", rest = ""] = /^\/(@\w+\/\w+)\/(.+)$/.exec(path) ?? [];
    return await this.#packages.get(name)?.answer(rest) ??
      new Response(null, { status: 404 });
  }

  async #publish(name: string, { body }: Request): Promise<Response> {
    const { folder } = await this.#add(name);
    const file = "published.tgz";
    await Deno.writeFile(`${folder}/${file}`, body ?? new Uint8Array());
    await runProgram("tar", ["-xzf", file], { cwd: folder });
    await Deno.remove(`${folder}/${file}`);
    return Response.json({ id: "1", status: "success" });
  }

  /** Makes the npm packages of all that has been published, as JSR does. */
  async offerToNpm(): Promise<void> {
    for (const published of this.#packages.values()) {
      const folder = this.#npmFolderOf(published);
      await published.toNpm(folder, this.#env);
      const [name] = folder.split("/").slice(-1);
      await runProgram("tar", ["-czf", `../${name}.tgz`, "."], { cwd: folder });
    }
  }

  #npmFolderOf({ npmName }: PublishedPackage): string {
    return `${this.#folder.path}/npm/${npmName}`;
  }

  async #answerNpm(
    published: PublishedPackage,
    isTarball: boolean,
  ): Promise<Response> {
    const folder = this.#npmFolderOf(published);
    if (isTarball) return new Response(await Deno.readFile(`${folder}.tgz`));
    const config = JSON.parse(
      await Deno.readTextFile(`${folder}/package.json`),
    );
    const { name, version } = config;
    config.dist = { tarball: `${this.npmUrl}${name}.tgz` };
    return Response.json({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: config },
    });
  }

  /** Ends it, and removes all that it holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#folder[Symbol.asyncDispose]();
  }
}
