# An output that exists is refused without --force, and the file that is being read can be written.
echo data >a
succeeds_silently probe-tool --no-history a -o b
cmp a b
fails_with 3 'b: exists' probe-tool a -o b
succeeds_silently probe-tool --no-history --force a -o a
[[ $(<a) == data ]] || give_up "a to keep its content"
fails_with 3 'no such file' probe-tool a -o missing/b
