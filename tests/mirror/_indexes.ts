import { RowIndexes } from "../../src/mirror/index/row_indexes.ts";
import { FolderStateStore } from "../../src/mirror/state/folder_state_store.ts";

/** The row indexes of the mirror in a folder, which have a path. */
export interface FolderIndexes extends RowIndexes {
  pathOf(key: string): string;
}

/** The row indexes of the mirror in a folder. */
export function indexesOf(folder: string): FolderIndexes {
  const store = new FolderStateStore(folder);
  const indexes = new RowIndexes(store);
  return Object.assign(indexes, {
    pathOf: (key: string) => `${store.location}/indexes/${key}.index`,
  });
}
