# Moments that are kept stand for the rows: the same distance from every format, and only the distance.
sample -q -n 12 --steps 2 -o real.safetensors
sample -q -n 9 --steps 2 --first 12 -o drawn/
for features in pixels random; do
  options=(--measures frechet --features "$features" --downscale 2)
  for name in m.safetensors m.npz; do
    succeeds_silently compare-samples real.safetensors drawn "${options[@]}" --moments "$features-$name" >rows.txt
    succeeds_silently compare-samples "$features-$name" drawn "${options[@]}" >moments.txt
    # From a covariance that is singular: five digits.
    diff <(awk 'NR == 2 { print substr($2, 1, 5) }' rows.txt) <(awk 'NR == 2 { print substr($2, 1, 5) }' moments.txt)
    grep -qE ' - +- +12 / 9 ' moments.txt || give_up "no floor, and N of the file" "$(<moments.txt)"
  done
done
tensor-info pixels-m.safetensors >info.txt
has_text 'athanor.features: pixels of 1/2' info.txt
has_text 'history: {"program":"compare-samples"' info.txt

fails_with 3 "holds moments of the features 'pixels of 1/2', not 'pixels'" \
  compare-samples pixels-m.safetensors drawn --measures frechet
fails_with 3 "the Fréchet distance alone is known: give --measures frechet" compare-samples pixels-m.safetensors drawn
fails_with 3 "holds moments, and no rows that --labels could belong to" \
  compare-samples pixels-m.safetensors drawn --downscale 2 --measures frechet --labels real.safetensors
fails_with 3 "exists; give --force" compare-samples real.safetensors drawn --measures frechet --moments pixels-m.npz
succeeds_silently compare-samples real.safetensors drawn --measures frechet --moments pixels-m.npz --force >/dev/null
