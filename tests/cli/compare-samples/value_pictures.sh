# A sheet of samples with their nearest real images, and a plot.
sample -q -n 12 --steps 2 -o real.safetensors
tensor-convert real.safetensors --include "^images$" --slice 3:5 -o copies.npy
succeeds_silently compare-samples real.safetensors copies.npy -k 2 --measures frechet --neighbours sheet.png --shown 2 --scale 2 --gap 0 >/dev/null

# A copy stands beside itself: in the line of each the first and the second image are the same, the third is another.
tensor-convert sheet.png -o sheet.npy
cell() { tensor-convert sheet.npy --slice ":,:,0:56,$1:$(($1 + 56))"; }
tensor-diff <(cell 0) <(cell 56) || give_up "the copy beside itself"
exits_with 1 tensor-diff <(cell 0) <(cell 112) >/dev/null
grep -aq athanor.history sheet.png || give_up "a history in the sheet"

if command -v gnuplot >/dev/null; then
  succeeds_silently compare-samples real.safetensors copies.npy --measures frechet --plot plot.svg >/dev/null
  has_text samples plot.svg
fi
fails_with 2 "expected a sheet's name ending in .png" compare-samples real.safetensors copies.npy --measures frechet --neighbours sheet.txt
fails_with 3 "no images for a sheet" compare-samples "$ATHANOR_TEST_DATA/points/points.npy" "$ATHANOR_TEST_DATA/points/points.npy" \
  --measures frechet --neighbours points.png
