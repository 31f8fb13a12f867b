# An image is the same to the last bit in every batch, on any number of threads, from every start and in every shard.
# the_same FIRST COUNT FILE: the images of the file are those of whole.safetensors from number FIRST on.
the_same() {
  tensor-diff --types "$3" <(tensor-convert whole.safetensors --slice "$1:$(($1 + $2))") || give_up "$3 to be images $1 …"
}
options=(--solver heun --steps 4 --seed 3)
succeeds_silently sample "${options[@]}" -n 10 -o whole.safetensors
for batch in 1 7; do
  for threads in 1 3; do
    succeeds_silently sample "${options[@]}" -n 10 --batch "$batch" --threads "$threads" --force -o batch.safetensors
    the_same 0 10 batch.safetensors
  done
done
succeeds_silently sample "${options[@]}" --first 5 -n 3 -o later.safetensors
the_same 5 3 later.safetensors

first=0
for shard in 1 2 3; do
  succeeds_silently sample "${options[@]}" -n 10 --shard "$shard/3" -o "shard-$shard.safetensors"
  count=$((shard == 1 ? 4 : 3))
  the_same "$first" "$count" "shard-$shard.safetensors"
  first=$((first + count))
done

# The same command gives the same bytes, and another seed other images.
succeeds_silently sample "${options[@]}" -n 10 -o again.safetensors
cmp whole.safetensors again.safetensors
succeeds_silently sample "${options[@]}" -n 10 --seed 4 -o other.safetensors
exits_with 1 tensor-diff --abs 1e-2 whole.safetensors other.safetensors >difference.txt
has_text "beyond the tolerance" difference.txt
