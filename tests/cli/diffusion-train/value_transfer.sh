# A transfer starts from rows of its source: of its own sheet, of sample's --noise, and of nothing else.
points=$ATHANOR_TEST_DATA/points/points.npy
small=(--steps 3 --width 8 --depth 1 --preview 0 --threads 1 --objective flow)
succeeds_silently diffusion-train "$points" --source "$points" --paired -o t.safetensors "${small[@]}" --pair-by-transport
fails_with 3 "t.safetensors starts from rows of a source: give them by --noise" sample -m t.safetensors -n 4 -o x.npy
succeeds_silently sample -m t.safetensors -n 4 --noise "$points" -o x.npy
tensor-info t.safetensors --json >info.json
has_text '"start":"source"' info.json
has_text '"path":"straight"' info.json

fails_with 2 "--paired needs --source" diffusion-train "$points" --paired -o y.safetensors "${small[@]}"
fails_with 2 "--path and --time belong to the other objectives" \
  diffusion-train "$points" -o y.safetensors --path cosine --steps 2
fails_with 3 "rows of the source are [3,8,6], those of the data [2]" \
  diffusion-train "$points" --source "$ATHANOR_TEST_DATA/images/rgb.png" -o y.safetensors "${small[@]}"
fails_with 2 "does not split into 3 parts" diffusion-train "$points" -o y.safetensors "${small[@]}" --batch 4 --accum 3
fails_with 2 "tiger has no --beta2" diffusion-train "$points" -o y.safetensors "${small[@]}" --optimizer tiger --beta2 0.9
fails_with 2 "expected a number of at least 1, or auto" \
  diffusion-train "$points" -o y.safetensors "${small[@]}" --checkpoint-segments 0

# Several averages: the first is the model, the others stand beside it.
succeeds_silently diffusion-train "$points" -o e.safetensors "${small[@]}" --ema 100,2000
tensor-info e.safetensors.ema-2000.safetensors >/dev/null
