# A transfer starts from rows of its source: of its own sheet, of sample's --noise, and of nothing else.
points=$ATHANOR_TEST_DATA/points/points.npy
small=(--steps 3 --width 8 --depth 1 --preview 0 --threads 1 --objective flow)
succeeds_silently diffusion-train "$points" --source "$points" --pair-by-transport -o t.safetensors "${small[@]}"
succeeds_silently diffusion-train "$points" --source "$points" --paired -o p.safetensors "${small[@]}"
fails_with 3 "t.safetensors starts from rows of a source: give them by --noise" sample -m t.safetensors -n 4 -o x.npy
succeeds_silently sample -m t.safetensors -n 4 --noise "$points" -o x.npy
tensor-info t.safetensors --json >info.json
has_text '"start":"source"' info.json
has_text '"path":"straight"' info.json

fails_with 2 "--paired needs --source" diffusion-train "$points" --paired -o y.safetensors "${small[@]}"
fails_with 2 "--paired says which rows belong together" \
  diffusion-train "$points" --source "$points" --paired --pair-by-transport -o y.safetensors "${small[@]}"
fails_with 2 "--path and --time belong to the other objectives" \
  diffusion-train "$points" -o y.safetensors --path cosine --steps 2
fails_with 3 "rows of the source are [3,8,6], those of the data [2]" \
  diffusion-train "$points" --source "$ATHANOR_TEST_DATA/images/rgb.png" -o y.safetensors "${small[@]}"
# Before there are data.
fails_with 2 "--batch 4 is not divisible by 3 (--accum times processes)" \
  diffusion-train none.npy -o y.safetensors "${small[@]}" --batch 4 --accum 3
fails_with 2 "tiger has no --beta2" diffusion-train none.npy -o y.safetensors "${small[@]}" --optimizer tiger --beta2 0.9
fails_with 2 "expected a number of at least 1, or auto" \
  diffusion-train "$points" -o y.safetensors "${small[@]}" --checkpoint-segments 0

# Rows of the source are read as those of the data are.
printf '\x93NUMPY\x01\0\x46\0%-69s\n' "{'descr': '|i1', 'fortran_order': False, 'shape': (2,1,2), }" >bytes.npy
printf '\0\1\1\0' >>bytes.npy
tiny=(--steps 1 --batch 2 --network dit --patch 1 --hidden 8 --layers 1 --heads 1 --preview 0 --threads 1 --objective flow)
succeeds_silently diffusion-train bytes.npy --source bytes.npy --range 0,1 -o r.safetensors "${tiny[@]}"

# Several averages: the first is the model, the others stand beside it.
succeeds_silently diffusion-train "$points" -o e.safetensors "${small[@]}" --ema 100,2000
tensor-info e.safetensors.ema-2000.safetensors >/dev/null
