# A tiny transformer learns from images and is drawn from, to the same bytes on one thread and on three.
sample -m digits -n 4 --steps 1 --threads 1 --quiet -o images/
options=(--network dit --hidden 8 --layers 1 --heads 2 --mlp-ratio 2)
succeeds_silently diffusion-train images -o model.safetensors "${options[@]}" --patch 7 --steps 3 --batch 4 --threads 1 --preview 0
succeeds_silently tensor-info model.safetensors >info.txt
has_text '"type": "dit"' info.txt
has_text 'block.0.attn.qkv.weight' info.txt
for threads in 1 3; do
  succeeds_silently sample -m model.safetensors -n 2 --steps 2 --threads $threads --no-history -o "$threads.safetensors"
done
cmp 1.safetensors 3.safetensors
fails_with 3 "dit: patches of 5 need a height and width divisible by that, got 28x28" \
  diffusion-train images -o other.safetensors "${options[@]}" --patch 5 --steps 3 --preview 0
