# A reader that has seen enough ends the producer, as the signal would, without a word and without the rest of the work.
code=0
# shellcheck disable=SC2016  # the inner shell expands it
timeout 120 bash -c 'sample -n 100000 --threads 1 | head -c 100 >head.bin; exit "${PIPESTATUS[0]}"' 2>said.txt || code=$?
[[ $code == 141 || $code == 0 ]] || give_up "the exit code 141 or 0, not $code"
[[ ! -s said.txt ]] || give_up "no word, not: $(<said.txt)"
[[ $(stat -c %s head.bin) == 100 ]] || give_up "100 bytes"
