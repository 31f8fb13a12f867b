# A signal ends a tool as a signal does, and no part of a file is left; work that asks for it ends in good order first.
echo data >a
probe-tool --deed partial a -o b &
until [[ $(find . -name '*b*' | wc -l) == 1 ]]; do sleep 0.05; done
kill -TERM $!
exits_with 143 wait $!
[[ $(find . -type f) == ./a ]] || give_up "only the input, not: $(find . -type f)"

probe-tool --deed finish 2>said &
until grep -q waiting said; do sleep 0.05; done
kill -TERM $!
exits_with 143 wait $!
has_text 'probe-tool: stopped well' said

# The reader leaves early.
code=0
probe-tool --deed flood 2>said | head -c 10 >/dev/null || code=${PIPESTATUS[0]}
[[ $code == 141 && ! -s said ]] || give_up "a quiet end by SIGPIPE, not $code: $(<said)"
