# A trained classifier gives features, and says how many samples are what their labels say; its floor are the real ones.
images=$ATHANOR_TEST_DATA/images/images.idx.gz
sample -n 10 --steps 4 --threads 1 -o real.safetensors
# Ten images are learned by heart.
diffusion-train real.safetensors --classifier -o c.safetensors --batch 10 --channels 8 --multipliers 1,1,1 --blocks 1 \
  --attention 1 --threads 1 --steps 200 --lr 1e-2 --warmup 10 --p-mean -6 --p-std 0.5
succeeds_silently compare-samples real.safetensors real.safetensors --classifier c.safetensors --measures agreement >table.txt
grep -qE '^agreement +1 +0 +1 +- / 10 +- / 10 +logits of c.safetensors \([0-9a-f]{8}\)$' table.txt || give_up "all ten" "$(<table.txt)"
succeeds_silently compare-samples real.safetensors real.safetensors --features classifier --classifier c.safetensors \
  --measures frechet --json >same.json
grep -qE '"measure":"frechet","value":([0-9.]+e-[0-9]+|0.0),.*"features":"classifier c.safetensors' same.json ||
  give_up "0 on the classifier's features" "$(<same.json)"
exits_with 1 compare-samples real.safetensors real.safetensors --classifier c.safetensors --measures agreement \
  --fail-below agreement=1.5 >table.txt

# Larger images are judged at the size that the classifier knows.
shade() { # SIDE SHADE: a grey image
  printf 'P2 %d %d 255\n' "$1" "$1"
  for ((i = 0; i < $1 * $1; ++i)); do echo "$2"; done
}
mkdir -p small/{0,1} large/{0,1}
for class in 0 1; do
  shade 8 $((40 + 170 * class)) >small/$class/a.pgm
  shade 16 $((40 + 170 * class)) >large/$class/a.pgm
done
diffusion-train small --classifier -o grey.safetensors --batch 8 --channels 8 --multipliers 1,1 --blocks 1 --attention 1 --threads 1 \
  --steps 60 --lr 1e-2 --warmup 10 --p-mean -6 --p-std 0.5
succeeds_silently compare-samples large large --classifier grey.safetensors --measures agreement --downscale 2 >table.txt
grep -qE '^agreement +1 +0 +1 +- / 2 +- / 2 +logits of grey.safetensors \([0-9a-f]{8}\) of 1/2$' table.txt || give_up "both" "$(<table.txt)"
fails_with 3 "grey.safetensors classifies images of [1,8,8], and rows are [1,16,16]" \
  compare-samples large large --classifier grey.safetensors --measures agreement

tensor-convert real.safetensors --include images -o bare.safetensors
fails_with 3 "bare.safetensors: agreement needs labels" compare-samples real.safetensors bare.safetensors --classifier c.safetensors --measures agreement
# Nothing is measured before it is known that there are labels.
fails_with 3 "bare.safetensors: agreement needs labels" \
  compare-samples real.safetensors bare.safetensors --classifier c.safetensors --measures kid-subsets,agreement
fails_with 2 "--classifier is for --features classifier and for --measures agreement" \
  compare-samples real.safetensors real.safetensors --classifier c.safetensors
fails_with 2 "agreement needs --classifier" compare-samples "$images" "$images" --measures agreement
fails_with 2 "--features classifier needs --classifier" compare-samples "$images" "$images" --features classifier
fails_with 3 "digits is no classifier, but a model of type unet" \
  compare-samples "$images" "$images" --features classifier --classifier digits
