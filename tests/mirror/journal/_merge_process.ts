import { Manifest } from "../../../src/mirror/manifest/manifest.ts";

// Merges the journals of a mirror, and says when it begins.
const [folder = ""] = Deno.args;
Deno.stdout.writeSync(new TextEncoder().encode("begins\n"));
using _manifest = Manifest.openForWriting(folder);
