# A trained classifier gives features, and says how many samples are what their labels say; its floor are the real ones.
printf '\0\0\x08\x01\0\0\0\x05\1\0\2\1\0' >labels.idx
images=$ATHANOR_TEST_DATA/images/images.idx.gz
small=(--batch 5 --channels 8 --multipliers 1 --blocks 1 --attention 1 --threads 1 --log-every 1)
# Five images are learned by heart.
diffusion-train "$images" --labels labels.idx --classifier -o c.safetensors "${small[@]}" --steps 300 --lr 1e-2 --warmup 10 \
  --p-mean -6 --p-std 0.5
tensor-convert "$images" --labels labels.idx -o real.safetensors
succeeds_silently compare-samples real.safetensors real.safetensors --classifier c.safetensors --measures agreement >table.txt
grep -qE '^agreement +1 +0 +1 +\? / 5 +\? / 5 +logits of c.safetensors \([0-9a-f]{8}\)$' table.txt || give_up "all five" "$(<table.txt)"
succeeds_silently compare-samples real.safetensors real.safetensors --features classifier --classifier c.safetensors \
  --measures frechet --json >same.json
grep -qE '"measure":"frechet","value":([0-9.]+e-[0-9]+|0.0),.*"features":"classifier c.safetensors' same.json ||
  give_up "0 on the classifier's features" "$(<same.json)"
exits_with 1 compare-samples real.safetensors real.safetensors --classifier c.safetensors --measures agreement \
  --fail-below agreement=1.5 >table.txt

fails_with 3 "agreement needs labels" compare-samples real.safetensors "$images" --classifier c.safetensors --measures agreement
fails_with 2 "agreement needs --classifier" compare-samples "$images" "$images" --measures agreement
fails_with 2 "--features classifier needs --classifier" compare-samples "$images" "$images" --features classifier
fails_with 3 "digits is no classifier, but a model of type unet" \
  compare-samples "$images" "$images" --features classifier --classifier digits
