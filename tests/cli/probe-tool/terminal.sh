# On a terminal: data are refused, a bar is drawn and taken away again, -q is quiet.
export TERM=xterm
on_terminal() { script -qec "$*" /dev/null; }
on_terminal probe-tool -o new - >said || true
has_text 'standard input is a terminal' said
on_terminal 'probe-tool </dev/null' >said || true
has_text 'standard output is a terminal' said
on_terminal probe-tool --deed progress -n 70 -o new >said
has_text '/70 steps' said
[[ $(tail -c 3 said) == $'\e[K' ]] || give_up "the bar to be cleared at the end"
[[ -z $(on_terminal probe-tool -q --deed progress -n 70 -o new) ]] || give_up "silence under -q"
[[ $(TERM=dumb on_terminal probe-tool --deed progress -n 70 -o newer) != *steps* ]] || give_up 'no bar where the cursor cannot be moved'
