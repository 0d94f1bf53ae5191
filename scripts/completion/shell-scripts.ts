// The completion scripts: each asks `pyros __complete` for a line `word TAB help` per candidate.

/** Shells that are known. */
export type Shell = 'bash' | 'zsh' | 'fish';

// A word that was begun with a quote is left in it, any other is escaped; the readline of bash shows no help.
const BASH = `# Completion of pyros for bash: eval "$(pyros completion bash)"
_pyros() {
  local pyros=\${COMP_WORDS[0]/#\\~/$HOME} current=\${COMP_WORDS[COMP_CWORD]} words=() line quote=
  for line in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    case $line in [\\"\\']*) quote=\${line:0:1} line=\${line#?} line=\${line%"$quote"} ;; *) line=\${line//\\\\/} ;; esac
    words+=("$line")
  done
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then compopt -o default; return; fi
    line=\${line%%$'\\t'*}
    [[ $current == [\\"\\']* ]] || printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <("$pyros" __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _pyros pyros
`;

const ZSH = `#compdef pyros
# Completion of pyros for zsh: eval "$(pyros completion zsh)" after compinit
_pyros() {
  local line pyros=\${~words[1]}
  local -a found
  for line in "\${(@f)$("$pyros" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    [[ $line == :files ]] && { _files; return }
    [[ -n $line ]] || continue
    line=\${line//:/\\\\:}
    found+=("\${line/$'\\t'/:}")
  done
  _describe pyros found
}
compdef _pyros pyros
`;

const FISH = `# Completion of pyros for fish: pyros completion fish | source
function __pyros_complete
  set -l words (commandline -opc) (commandline -ct | string unescape)
  set -l found ($words[1] __complete -- $words[2..] 2>/dev/null)
  if test "$found[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c pyros -f -a '(__pyros_complete)'
`;

/** The script of each shell. */
export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
