# fish completes options with their meaning, choices and file names, of values after = and as the next word.
if ! command -v fish >/dev/null; then
  echo "skipped: fish is not installed" >&2
  exit 77
fi
probe-tool --describe=fish >probe.fish
touch data.txt

# completes LINE EXPECTED: the words offered, without what they mean.
completes() {
  local said
  said=$(HOME=$PWD fish --no-config -c "source probe.fish; complete -C'$1'" | cut -f1 | sort | xargs)
  [[ $said == "$2" ]] || give_up "'$2' for $1, not '$said'"
}
completes 'probe-tool --co' '--colours --count'
completes 'probe-tool --describ' ''
completes 'probe-tool --deed f' 'fail finish flood'
completes 'probe-tool --deed=pr' '--deed=print --deed=progress'
completes 'probe-tool --colours red,b' 'red,blue'
completes 'probe-tool -n ' ''
completes 'probe-tool --seed=' ''
completes 'probe-tool -o d' 'data.txt'
completes 'probe-tool --second=d' '--second=data.txt'
completes 'probe-tool d' 'data.txt'
HOME=$PWD fish --no-config -c "source probe.fish; complete -C'probe-tool --fas'" >said.txt
has_text $'--fast\ta switch' said.txt
HOME=$PWD fish --no-config -c "source probe.fish; complete -C'probe-tool --not'" >said.txt
has_text "what's [noted]: a word \"more\" or \\n" said.txt
