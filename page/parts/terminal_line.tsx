import { bashWord, bashWords } from "../../src/base/bash_word.ts";
import { CopyButton } from "./copy_button.tsx";

/** The command line that does the same, quoted for a shell, to copy. */
export function TerminalLine({ words }: { words: readonly string[] }) {
  return (
    <div class="terminal">
      <div class="terminal-head">
        <span>The same in a terminal</span>
        <CopyButton text={bashWords(words)} label="Copy the command" />
      </div>
      <code
        class="terminal-line"
        tabIndex={0}
        role="group"
        aria-label="Command line"
      >
        {words.map((word, index) => [
          index > 0 && " ",
          // A line ends between words, not after a hyphen.
          <span key={index} class="terminal-word">{bashWord(word)}</span>,
        ])}
      </code>
    </div>
  );
}
