# --fail-above and --fail-below: 0 within the limits, 1 beyond one, and the table in both cases.
points=$ATHANOR_TEST_DATA/points/points.npy
options=("$points" "$points" --measures "frechet,neighbours")

succeeds_silently compare-samples "${options[@]}" --fail-above frechet=0.001 --fail-below coverage=1 >out.txt
has_text coverage out.txt
exits_with 1 compare-samples "${options[@]}" --fail-below density=1e6 >out.txt 2>said.txt
[[ ! -s said.txt ]] || give_up "not a word on standard error: $(<said.txt)"
has_text density out.txt
exits_with 1 compare-samples "${options[@]}" --fail-above frechet=1 --fail-above precision=0.5 >/dev/null
fails_with 2 "there is no figure 'kid' to judge by; --measures gives frechet, precision, recall, density, coverage" \
  compare-samples "${options[@]}" --fail-above kid=1
fails_with 2 "expected MEASURE=VALUE, got 'kid'" compare-samples "${options[@]}" --fail-above kid
