# The table and JSON: known values, N, features and floors; both ways of giving vectors; the same words in each run.
data=$ATHANOR_TEST_DATA/similarity/peers.npz
points=$ATHANOR_TEST_DATA/points/points.npy

tensor-convert "$data" --include '^real$' -o real.npy
tensor-convert "$data" --include '^samples$' -o samples.npy

# What prdc says of them stands in tests/data/similarity; the unit tests compare it. Here: that it reaches the table.
succeeds_silently compare-samples real.npy samples.npy -k 3 --measures neighbours,frechet >table.txt
head -1 table.txt | grep -qE '^measure +value +error +floor +its N +N real / samples +features$' || give_up "headings" "$(head -1 table.txt)"
[[ $(wc -l <table.txt) == 6 ]] || give_up "five figures" "$(<table.txt)"
grep -qE '^frechet +[0-9.]+ +- +[0-9.]+ +30 / 30 +60 / 45 +values$' table.txt || give_up "N, floor and features" "$(<table.txt)"
grep -qE '^coverage +0\.[0-9]+ +0\.[0-9]+ +- +- +60 / 45 +values$' table.txt || give_up "coverage" "$(<table.txt)"

# A set is itself.
succeeds_silently compare-samples "$points" "$points" --measures frechet,sliced-wasserstein --json >same.json
has_text '"measure":"sliced-wasserstein","value":0.0,"error":0.0,"interval":null,"floor":null,"reference":512,"samples":512,"features":"values"' same.json
grep -qE '"measure":"frechet","value":([0-9.]+e-1[0-9]|0.0),"error":null,"interval":null,"floor":\{"value":[0-9.e-]+,"reference":256,"samples":256\}' same.json ||
  give_up "0 beside a floor of halves" "$(<same.json)"

# Neither threads nor the pipe change a word; the seed does.
all=(--measures "frechet,sliced-wasserstein,mmd,kid,kid-subsets,neighbours" --kid-size 20 --bootstrap 5 --floor)
compare-samples real.npy samples.npy "${all[@]}" --threads 1 >one.txt
compare-samples real.npy samples.npy "${all[@]}" --threads 3 | diff one.txt -
compare-samples real.npy - "${all[@]}" <samples.npy | diff one.txt -
head -1 one.txt | grep -qE 'error +from +to +floor' || give_up "headings of intervals" "$(head -1 one.txt)"
compare-samples real.npy samples.npy "${all[@]}" --seed 1 >other.txt
if cmp -s one.txt other.txt; then give_up "another seed to give other subsets"; fi

# Part of the rows.
compare-samples real.npy samples.npy --limit 20 --subset 10 --measures frechet,kid >part.txt
grep -qE '^frechet .* 20 / 20 +values$' part.txt || give_up "20 rows each" "$(<part.txt)"
grep -qE '^kid .* 10 / 10 +values$' part.txt || give_up "10 rows each" "$(<part.txt)"
