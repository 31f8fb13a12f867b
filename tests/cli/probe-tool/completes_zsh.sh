# zsh completes options with their meaning, choices and file names, of values after = and as the next word.
if ! command -v zsh >/dev/null; then
  echo "skipped: zsh is not installed" >&2
  exit 77
fi
mkdir completions files
probe-tool --describe=zsh >completions/_athanor_probe_tool
touch files/data.txt

# A shell on a terminal of its own, which lists what Tab would offer for the line: compadd says what it was given.
cat >ask.zsh <<'EOF'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= ; unsetopt zle_bracketed_paste; fpath=($PWD/completions \$fpath); autoload -Uz compinit; compinit -D"
zpty -w shell 'zstyle ":completion:*" list-grouped false; zstyle ":completion:*" insert-tab false'
zpty -w shell 'compadd() {
  local -a found
  builtin compadd -A found "$@"
  print -rl -- "OFFER<"$^found">"
  local at=${argv[(I)-(d|ld)]}
  if ((at)) print -rl -- "${(@P)argv[at + 1]}"
  builtin compadd "$@"
}'
zpty -w shell 'cd files; zle -C offer list-choices _main_complete'
zpty -w shell 'ask() { zle offer; print -r -- "END"OFALL; }; zle -N ask; bindkey "^X" ask; print READY"NOW"'
zpty -r -m shell dump '*READYNOW*'
zpty -w -n shell "$1"$'\x18'
zpty -r -m shell answer '*ENDOFALL*'
print -r -- $answer
zpty -d shell
EOF

# completes LINE EXPECTED: the words offered.
completes() {
  local said
  timeout 60 zsh -f ask.zsh "$1" >answer.txt
  said=$(grep -ao 'OFFER<[^>]*>' answer.txt | sed 's/^OFFER<//; s/>$//' | sort -u | xargs || true)
  [[ $said == "$2" ]] || give_up "'$2' for $1, not '$said'"
}
completes 'probe-tool --co' '--colours --count'
completes 'probe-tool --describ' ''
completes 'probe-tool --deed f' 'fail finish flood'
completes 'probe-tool --deed=pr' 'print progress'
completes 'probe-tool --colours red,b' 'blue'
completes 'probe-tool -n ' ''
completes 'probe-tool --second=d' 'data.txt'
completes 'probe-tool d' 'data.txt'
completes 'probe-tool --not' '--note'
has_text "what's [noted]: a word \"more\" or \\n" answer.txt
