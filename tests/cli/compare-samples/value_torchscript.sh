# A network in TorchScript gives features: one that gives the numbers as they are gives what pixels give, in its range.
networks=$ATHANOR_TEST_DATA/torchscript
sample -q -n 40 --steps 2 -o real.safetensors
sample -q -n 30 --steps 2 --first 40 -o drawn.safetensors
distance() {
  compare-samples "$@" real.safetensors drawn.safetensors --downscale 7 --measures frechet >table.txt
  awk 'NR == 2 { print $2 }' table.txt
}
pixels=$(distance)
[[ $(distance --features torchscript --torchscript "$networks/Numbers.pt") == "$pixels" ]] ||
  give_up "the distance of pixels, $pixels" "$(<table.txt)"
grep -qE 'torchscript Numbers.pt \([0-9a-f]{8}\) of 1/7' table.txt || give_up "the network's name" "$(<table.txt)"
[[ $(distance --features torchscript --torchscript - <"$networks/Numbers.pt") == "$pixels" ]] ||
  give_up "the same of standard input" "$(<table.txt)"
# Black is 0 and white 4: distances of squares are four times as large.
larger=$(distance --features torchscript --torchscript "$networks/Numbers.pt" --torchscript-range 0,4)
awk -v a="$larger" -v b="$pixels" 'BEGIN { exit !(a > 3.999 * b && a < 4.001 * b) }' ||
  give_up "four times $pixels" "$larger"

both=(real.safetensors drawn.safetensors --features torchscript)
fails_with 2 "--features torchscript needs --torchscript" compare-samples "${both[@]}"
fails_with 2 "--torchscript-range: expected two numbers LOW,HIGH with LOW < HIGH" \
  compare-samples "${both[@]}" --torchscript "$networks/Numbers.pt" --torchscript-range 1
fails_with 3 "none.pt: no such file or directory" compare-samples "${both[@]}" --torchscript none.pt
fails_with 3 "real.safetensors: PytorchStreamReader failed" compare-samples "${both[@]}" --torchscript real.safetensors
fails_with 3 "gives [7] for rows of [1,1,28,28]; expected [rows, numbers]" \
  compare-samples "${both[@]}" --torchscript "$networks/OneForAll.pt"
fails_with 2 "--torchscript is for --features torchscript" \
  compare-samples "${both[@]:0:2}" --torchscript "$networks/Numbers.pt"
# Black is −1, whose logarithm is NaN.
fails_with 3 "real.safetensors: torchscript Logarithms.pt (" \
  compare-samples "${both[@]}" --torchscript "$networks/Logarithms.pt" --measures neighbours
fails_with 3 "gives NaN for row 0" compare-samples "${both[@]}" --torchscript "$networks/Logarithms.pt"
fails_with 3 "to have 3 channels" compare-samples "${both[@]}" --torchscript "$networks/Convolution.pt"
