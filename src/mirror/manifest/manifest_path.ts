import { STATE_FOLDER } from "../state_folder.ts";

/** Where the manifest of a mirror lies. */
export function manifestPath(folder: string): string {
  return `${folder}/${STATE_FOLDER}/manifest.sqlite`;
}
