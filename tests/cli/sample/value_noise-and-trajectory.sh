# The state at the first level is sigma times the noise, and the state at the last is the image; noise may come from a
# file.
options=(--steps 3 --solver euler --threads 1)
succeeds_silently sample "${options[@]}" -n 2 -o images.safetensors --trajectory path.safetensors
size=$(stat -c %s path.safetensors)
((size > 4 * 2 * 784 * 4 && size < 4 * 2 * 784 * 4 + 4096)) || give_up "four states of two images, not $size bytes"

# Any tensor of the right shape can be the noise.
sample "${options[@]}" -n 2 --quiet -o noise.npy
succeeds_silently sample "${options[@]}" -n 2 --noise noise.npy --seed 1 -o a.safetensors --no-history
succeeds_silently sample "${options[@]}" -n 2 --noise noise.npy --seed 2 -o b.safetensors --no-history
cmp a.safetensors b.safetensors
succeeds_silently sample "${options[@]}" -n 2 --noise noise.npy --shard 2/2 -o c.safetensors
tensor-diff --types c.safetensors <(tensor-convert a.safetensors --slice 1:)
succeeds_silently sample "${options[@]}" -n 2 --noise - -o d.safetensors --no-history <noise.npy
cmp a.safetensors d.safetensors
