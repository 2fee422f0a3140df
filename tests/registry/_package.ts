import { sha256 } from "../support/hash.ts";
import { runProgram } from "../support/program.ts";

/** What of a package's `deno.json` a registry needs to know. */
interface PackageConfig {
  version: string;
  exports: Record<string, string>;
}

/** A package that is published. */
export class PublishedPackage {
  /** Its name, with its scope: `@std/streams`. */
  readonly name: string;
  /** The folder with its files. */
  readonly folder: string;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  /** What it says of itself. */
  async config(): Promise<PackageConfig> {
    return JSON.parse(await Deno.readTextFile(`${this.folder}/deno.json`));
  }

  /** The paths of its files, in order, each with a slash in front. */
  async files(): Promise<string[]> {
    return (await Array.fromAsync(walk(this.folder))).sort();
  }

  /** An answer of JSR's to a request below the package's own address. */
  async answer(path: string): Promise<Response> {
    const [scope, name] = this.name.slice(1).split("/");
    const { version, exports } = await this.config();
    if (path === "meta.json") {
      const versions = { [version]: {} };
      return Response.json({ scope, name, latest: version, versions });
    }
    if (path === `${version}_meta.json`) {
      return Response.json({ manifest: await this.#manifest(), exports });
    }
    const file = path.startsWith(version) ? path.slice(version.length) : "";
    if (!(await this.files()).includes(file)) {
      return new Response(null, { status: 404 });
    }
    const type = file.endsWith(".json")
      ? "application/json"
      : "text/typescript";
    return new Response(await Deno.readFile(this.folder + file), {
      headers: { "content-type": type },
    });
  }

  async #manifest(): Promise<Record<string, unknown>> {
    const manifest: Record<string, unknown> = {};
    for (const path of await this.files()) {
      const bytes = await Deno.readFile(this.folder + path);
      const checksum = `sha256-${sha256(bytes)}`;
      manifest[path] = { size: bytes.length, checksum };
    }
    return manifest;
  }

  /**
   * Writes the npm package that JSR makes of it into a folder: modules as JavaScript,
   * beside all that was published.
   */
  async toNpm(folder: string, env: Record<string, string>): Promise<void> {
    for (const path of await this.files()) {
      const to = folder + path;
      await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(this.folder + path, to);
    }
    await runProgram(Deno.execPath(), [
      ...["pack", "--allow-dirty", "--allow-slow-types", "--no-source-maps"],
      ...["--output", "packed.tgz"],
    ], { cwd: folder, env });
    await runProgram("tar", ["-xzf", "packed.tgz", "--strip-components=1"], {
      cwd: folder,
    });
    await Deno.remove(`${folder}/packed.tgz`);
    const file = `${folder}/package.json`;
    const config = JSON.parse(await Deno.readTextFile(file));
    config.name = this.npmName;
    await Deno.writeTextFile(file, JSON.stringify(config));
  }

  /** What it is called where npm asks for it. */
  get npmName(): string {
    return `@jsr/${this.name.slice(1).replace("/", "__")}`;
  }
}

async function* walk(folder: string, path = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder + path)) {
    if (isDirectory) yield* walk(folder, `${path}/${name}`);
    else yield `${path}/${name}`;
  }
}
