/** The script with which zsh asks a command what can come next: to be evaluated, or a file in `fpath`. */
export function zshScript(name: string): string {
  const run = `_${name.replaceAll(/\W/g, "_")}`;
  return `#compdef ${name}
# Completion of ${name} for zsh

${run}() {
  local -a candidates
  local line
  for line in "\${(@f)$("\${words[1]/#\\~\\//$HOME/}" complete --current="$PREFIX" -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}"; do
    case $line in
      :files) compset -P '-*='; _files; return ;;
      :folders) compset -P '-*='; _files -/; return ;;
      ?*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  _describe -V ${name} candidates
}

if [[ $funcstack[1] == ${run} ]]; then
  ${run} "$@"
else
  compdef ${run} ${name}
fi
`;
}
