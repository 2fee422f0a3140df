/**
 * Imports a package when it is used. What a literal `import()` names, Deno fetches with
 * the program, whether it is used or not.
 *
 * @param name The package, and its entry point where that is not the main one.
 * @param versions The specifiers with versions that Deno imports packages by.
 * @throws {Error} If it is not there and cannot be fetched.
 */
export async function importPackage(
  name: string,
  versions: Readonly<Record<string, string>>,
): Promise<unknown> {
  const [scope, root, ...entry] = name.split("/");
  const versioned = versions[`${scope}/${root}`];
  // Other runtimes resolve the bare name: it is a dependency of the npm package.
  const isDeno = "Deno" in globalThis;
  const specifier = !isDeno || versioned === undefined
    ? name
    : [versioned, ...entry].join("/");
  try {
    return await import(specifier);
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new Error(
      `Cannot load ${specifier}: ${reason}; 'deno cache ${specifier}' fetches it beforehand, and 'deno compile --include ${specifier}' puts it into a binary`,
      { cause: error },
    );
  }
}
