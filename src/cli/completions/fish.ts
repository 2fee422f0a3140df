/** The script with which fish asks a command what can come next. */
export function fishScript(name: string): string {
  const run = `__${name.replaceAll(/\W/g, "_")}_complete`;
  return `# Completion of ${name} for fish

function ${run}
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q $program; or return
    set -e words[1]
    set -l current (commandline -ct)
    set -l lines ($program complete --current="$current" -- $words 2>/dev/null)
    # Of --out=da, only da is a path.
    set -l option (string match -r -- '^-[^=]*=' "$current")
    set -l path (string replace -- "$option" '' "$current")
    switch "$lines[1]"
        case :files
            set lines (__fish_complete_path "$path")
        case :folders
            set lines (__fish_complete_directories "$path" '')
        case '*'
            set option
    end
    for line in $lines
        echo -- "$option$line"
    end
end

complete -c ${name} -f -k -a '(${run})'
`;
}
