/** The script with which bash, from 3.2 on, asks a command what can come next. */
export function bashScript(name: string): string {
  const run = `_${name.replaceAll(/\W/g, "_")}`;
  return `# Completion of ${name} for bash

${run}() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() word i
  # Bash also breaks words at '=' and ':'; they are put together again where no blank is between.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${rest#"\${rest%%[![:blank:]]*}"}
    ((i < COMP_CWORD)) && word=\${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
      words+=("$word")
    else
      words[\${#words[@]} - 1]+=$word
    fi
    rest=\${rest#*"$word"}
  done
  local current=\${words[\${#words[@]} - 1]}
  unset "words[\${#words[@]} - 1]"

  # What is in front of the word that bash replaces.
  local kept=\${current%"\${word#[=:]}"} value
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
      *)
        [[ $current == [\\'\\"]* ]] || printf -v value %q "$value"
        COMPREPLY+=("\${value#"$kept"}")
        ;;
    esac
  done < <("\${words[0]/#\\~\\//$HOME/}" complete --current="$current" -- "\${words[@]:1}" 2>/dev/null)
}

complete -o nosort -F ${run} ${name} 2>/dev/null || complete -F ${run} ${name}
`;
}
