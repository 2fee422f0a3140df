import { useId, useState } from "preact/hooks";
import type { SessionDataset } from "../../../src/web/ui/api_types.ts";
import { formatCount } from "../../formats.ts";
import { Button } from "../../parts/button.tsx";

/** Chooses some of all datasets, with a search as one types. */
export function DatasetPicker(
  { datasets, chosen, onChange, hint }: {
    datasets: readonly SessionDataset[];
    chosen: readonly string[];
    onChange: (chosen: readonly string[]) => void;
    /** What it means to choose none. */
    hint: string;
  },
) {
  const id = useId();
  const [search, setSearch] = useState("");
  const words = search.toLowerCase().split(/[\s*]+/).filter(Boolean);
  const shown = datasets.filter(({ id, kind, prefix }) =>
    words.every((word) =>
      `${id} ${kind} ${prefix}`.toLowerCase().includes(word)
    )
  );
  const groups = Map.groupBy(shown, ({ id }) => id.split("_", 1)[0] ?? "");
  const set = (ids: readonly string[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const each of ids) isChosen ? next.add(each) : next.delete(each);
    // In the catalog's order, whichever was clicked first.
    onChange(datasets.map(({ id }) => id).filter((id) => next.has(id)));
  };
  const isAnyShown = shown.some(({ id }) => chosen.includes(id));
  return (
    <fieldset class="do-picker">
      <legend>Datasets</legend>
      <div class="do-picker-head">
        <label class="hidden" for={`${id}-search`}>Search datasets</label>
        <input
          id={`${id}-search`}
          class="do-picker-search"
          type="search"
          placeholder={`Search ${datasets.length} datasets`}
          autocomplete="off"
          spellcheck={false}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault(); // one that is left is meant
            if (shown.length === 1) set(shown.map(({ id }) => id), true);
          }}
        />
        <Button
          look="plain"
          disabled={shown.length === 0}
          onClick={() => set(shown.map(({ id }) => id), true)}
        >
          {words.length === 0 ? "All" : `All ${shown.length} found`}
        </Button>
        <Button
          look="plain"
          disabled={!isAnyShown}
          onClick={() => set(shown.map(({ id }) => id), false)}
        >
          None
        </Button>
      </div>
      <div class="do-picker-list">
        {[...groups].map(([name, members]) => (
          <div key={name} class="do-picker-group">
            {members.map(({ id: each }) => (
              <label key={each} class="check">
                <input
                  type="checkbox"
                  checked={chosen.includes(each)}
                  onInput={(event) => set([each], event.currentTarget.checked)}
                />
                <span>{each}</span>
              </label>
            ))}
          </div>
        ))}
        {shown.length === 0 && (
          <p class="muted">No dataset is called so. Search for less.</p>
        )}
      </div>
      <p class="field-hint" role="status">
        {chosen.length === 0
          ? hint
          // By name: what was chosen may be out of sight.
          : `${formatCount(chosen.length, "dataset")} chosen: ${
            listIds(chosen)
          }`}
      </p>
    </fieldset>
  );
}

/** So many datasets are named. */
const MOST_NAMED = 4;

function listIds(ids: readonly string[]): string {
  const others = ids.length - MOST_NAMED;
  const named = ids.slice(0, MOST_NAMED).join(", ");
  return others > 0 ? `${named} and ${others} more` : named;
}
