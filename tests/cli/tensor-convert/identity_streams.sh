# '-' stands for either standard stream and is what is taken when nothing is said; every format goes through a pipe.
printf '\0\0\x08\x02\0\0\0\x02\0\0\0\x03abcdef' >letters.idx
succeeds_silently tensor-convert letters.idx --no-history -o want.safetensors
tensor-convert --no-history <letters.idx | cmp - want.safetensors
tensor-convert - -o - --no-history <letters.idx | cmp - want.safetensors
cat letters.idx | succeeds_silently tensor-convert --no-history | cmp - want.safetensors
gzip -c letters.idx | succeeds_silently tensor-convert --no-history | cmp - want.safetensors
succeeds_silently tensor-convert --no-history -o got.safetensors <letters.idx
cmp got.safetensors want.safetensors
for format in safetensors npy npz pt; do
  tensor-convert want.safetensors --format "$format" | tensor-convert --no-history | cmp - want.safetensors
  tensor-convert want.safetensors --format "$format" | gzip | tensor-diff --types - want.safetensors
  tensor-convert want.safetensors --format "$format" -o "file.$format"
  cat "file.$format" | tensor-convert --no-history -o - | cmp - want.safetensors
done
# On a pipe the format's name is enough, in a file its own name: --format wins.
tensor-convert want.safetensors --format npy -o array.safetensors
[[ $(head -c 6 array.safetensors | tail -c 5) == NUMPY ]] || give_up "an .npy file"

# An order of tensors that is not that of the stream, ranges, and several inputs of which one is the stream.
printf '\0\0\x08\x01\0\0\0\x03xyz' >more.idx
tensor-convert letters.idx --cast .=float64 --rename arr_0=wide -o wide.safetensors
tensor-convert more.idx --cast .=float32 --rename arr_0=narrow -o narrow.safetensors
tensor-convert wide.safetensors narrow.safetensors -o both.safetensors
turned=(--cast wide=uint8 --slice wide=::-1) # steps go forward
fails_with 2 "a range's step must be at least 1" tensor-convert both.safetensors "${turned[@]}"
turned=(--cast wide=uint8 --cast narrow=float64 --slice 'wide=:,::2' --no-history)
tensor-convert both.safetensors "${turned[@]}" --force -o want.safetensors
tensor-convert "${turned[@]}" <both.safetensors | cmp - want.safetensors
cat both.safetensors | tensor-convert "${turned[@]}" | cmp - want.safetensors
cat wide.safetensors | tensor-convert narrow.safetensors - "${turned[@]}" | tensor-diff --types - want.safetensors
fails_with 2 "standard input can be read once only" tensor-convert - -
