# A sheet of samples with their nearest real images, and a plot.
sample -q -n 12 --steps 2 -o real.safetensors
tensor-convert real.safetensors --include "^images$" --slice 3:5 -o copies.npy
succeeds_silently compare-samples real.safetensors copies.npy -k 2 --measures frechet --neighbours sheet.png --shown 2 --scale 2 --gap 0 >/dev/null

# A copy stands beside itself: in the line of each the first and the second image are the same, the third is another.
tensor-convert sheet.png -o sheet.npy
cell() { tensor-convert sheet.npy --slice ":,:,0:56,$1:$(($1 + 56))"; }
tensor-diff <(cell 0) <(cell 56) || give_up "the copy beside itself"
exits_with 1 tensor-diff <(cell 0) <(cell 112) >/dev/null
# The sheet shows both sets, and so does its history.
grep -aq athanor.history sheet.png || give_up "a history in the sheet"
grep -qaF '"name":"real.safetensors"' sheet.png || give_up "the real images in the sheet's history"
grep -qaF '"name":"copies.npy"' sheet.png || give_up "the samples in the sheet's history"

if command -v gnuplot >/dev/null; then
  succeeds_silently compare-samples real.safetensors copies.npy --measures frechet --plot plot.svg >/dev/null
  has_text samples plot.svg
fi
# Wrong names are refused before anything is read.
fails_with 2 "expected a sheet's name ending in .png" compare-samples real.safetensors none.npy --neighbours sheet.txt
fails_with 2 "expected a plot's name ending in .svg or .png" compare-samples real.safetensors none.npy --plot plot.txt
fails_with 2 "expected a file's name, such as m.npz or m.safetensors, got '-'" compare-samples real.safetensors none.npy --moments -
fails_with 2 "moments are three tensors" compare-samples real.safetensors none.npy --moments m.npy
fails_with 2 "unknown option '--columns'" compare-samples real.safetensors none.npy --columns 3

# The table is there although the sheet cannot be.
code=0
compare-samples real.safetensors copies.npy --measures frechet -k 13 --neighbours sheet13.png >table.txt 2>said || code=$?
ended 3 "$code"
has_text frechet table.txt
said said 'compare-samples: neighbours: there are no 13 among 12 rows'
fails_with 3 "no images for a sheet" compare-samples "$ATHANOR_TEST_DATA/points/points.npy" "$ATHANOR_TEST_DATA/points/points.npy" \
  --measures frechet --neighbours points.png
