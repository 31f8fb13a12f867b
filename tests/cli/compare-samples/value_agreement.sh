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
