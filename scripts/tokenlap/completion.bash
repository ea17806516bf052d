_tokenlap() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} first=1 i path="" further values before=""
  COMPREPLY=()
  if [ "${COMP_WORDS[0]##*/}" = npx ]; then
    [ "${COMP_WORDS[1]}" = tokenlap ] || return 0
    first=2
  fi
  for ((i = first; i < COMP_CWORD; i++)); do
    case " $(_tokenlap_words "$path") " in
      *" ${COMP_WORDS[i]} "*) path="${path:+$path }${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  values=$(_tokenlap_values "$path $previous")
  if [ -n "$values" ]; then
    case "$current" in *,*) before="${current%,*}," ;; esac
    COMPREPLY=($(compgen -P "$before" -W "$values" -- "${current##*,}"))
    return 0
  fi
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$(_tokenlap_options "$path")" -- "$current")) ;;
    *)
      further=$(_tokenlap_words "$path")
      COMPREPLY=($(compgen -W "$further" -- "$current"))
      [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
      ;;
  esac
}
complete -o bashdefault -o default -F _tokenlap tokenlap npx
