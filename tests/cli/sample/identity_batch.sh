# An image is the same in every batch, from every start and in every shard, up to the rounding of matrix products.
options=(--solver heun --steps 4 --threads 1 --seed 3)
succeeds_silently sample "${options[@]}" -n 10 -o whole.safetensors
for batch in 1 7; do
  succeeds_silently sample "${options[@]}" -n 10 --batch "$batch" -o "batch-$batch.safetensors"
  tensor-close whole.safetensors "batch-$batch.safetensors" 1e-4 0
done
succeeds_silently sample "${options[@]}" --first 5 -n 3 -o later.safetensors
tensor-close whole.safetensors later.safetensors 1e-4 5

first=0
for shard in 1 2 3; do
  succeeds_silently sample "${options[@]}" -n 10 --shard "$shard/3" -o "shard-$shard.safetensors"
  tensor-close whole.safetensors "shard-$shard.safetensors" 1e-4 "$first"
  first=$((first + (shard == 1 ? 4 : 3)))
done

# The same command gives the same bytes, and another seed other images.
succeeds_silently sample "${options[@]}" -n 10 -o again.safetensors
cmp whole.safetensors again.safetensors
succeeds_silently sample "${options[@]}" -n 10 --seed 4 -o other.safetensors
exits_with 1 tensor-close whole.safetensors other.safetensors 1e-2 0 2>difference.txt
has_text "images differs" difference.txt
