# bash completes options, choices and file names, of values after = and as the next word, and defines one function only.
before=$(compgen -A function; compgen -v | grep -v '^BASH\|^_$\|^FUNCNAME$\|^PIPESTATUS$\|^before$')
# shellcheck disable=SC1090
source <(probe-tool --describe=bash)
after=$(compgen -A function; compgen -v | grep -v '^BASH\|^_$\|^FUNCNAME$\|^PIPESTATUS$\|^before$')
new=$(diff <(echo "$before") <(echo "$after") | sed -n 's/^[<>] //p' || true)
[[ $new == _athanor_probe_tool ]] || give_up "one function, not: $new"
[[ $(complete -p probe-tool) == 'complete -F _athanor_probe_tool probe-tool' ]] || give_up "a completion of probe-tool"

# Outside of readline compopt has nothing to work on: it says what it was asked.
compopt() { echo "compopt $*"; }

# completes WORD... : EXPECTED: what is offered for the last word, in the words that readline makes of the line.
completes() {
  local said='' expected=${*: -1}
  COMP_WORDS=(probe-tool "${@:1:$#-2}") COMP_CWORD=$(($# - 2))
  said=$(_athanor_probe_tool && printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"})
  said=$(xargs <<<"$said")
  [[ $said == "$expected" ]] || give_up "'$expected' for ${COMP_WORDS[*]}, not '$said'"
}
completes --co : '--count --colours'
completes --deed : '--deed --deeds'
completes -o : '-o'
completes --describ : ''
completes --deed f : 'fail finish flood'
completes --deed = : 'copy print no fail throw wait finish partial flood progress'
completes --deed = pr : 'print progress'
completes --deed=pr : '--deed=print --deed=progress'
completes --colours red,g : red,green
completes --colours = red,b : red,blue
completes --colours=red,b : --colours=red,blue
completes -n '' : ''
completes --seed = 1 : ''
completes --second '' : 'compopt -o default'
completes -o x : 'compopt -o default'
completes --out = x : 'compopt -o default'
completes x '' : 'compopt -o default'
completes -- --co : 'compopt -o default'
touch 'new file'
completes --out=new : "--out=new file"
