# Shards: each within the limit, an index that names them, read back as one; the folder is replaced as a whole or not.
holds() { # FOLDER FILE...: that and nothing else
  diff <(ls "$1") <(printf '%s\n' "${@:2}") || give_up "$1 to hold ${*:2}"
}
parts=()
for i in 1 2 3 4 5; do
  printf '\0\0\x08\x01\0\0\0\x0a0123456789' | tensor-convert --rename "arr_0=t$i" -o "$i.npz"
  parts+=("$i.npz")
done
printf '\0\0\x08\x01\0\0\0\x1eabcdefghijabcdefghijabcdefghij' | tensor-convert --rename arr_0=wide -o wide.npz
parts+=(wide.npz)
succeeds_silently tensor-convert "${parts[@]}" -o whole.safetensors
succeeds_silently tensor-convert whole.safetensors --no-history --shard-size 25 -o shards/
holds shards model-0000{1,2,3,4}-of-00004.safetensors model.safetensors.index.json
has_text '"total_size": 80' shards/model.safetensors.index.json
total=0
for shard in shards/*.safetensors; do
  bytes=$(tensor-info --json "$shard" | grep -o '"bytes":[0-9]*,"header_bytes"' | grep -o '[0-9]*')
  names=$(tensor-info --json "$shard" | grep -o '"name":"[^"]*"' | cut -d '"' -f 4)
  for name in $names; do has_text "\"$name\": \"$(basename "$shard")\"" shards/model.safetensors.index.json; done
  [[ $bytes -le 25 || $names == wide ]] || give_up "$shard to hold at most 25 bytes, not $bytes"
  total=$((total + bytes))
done
[[ $total == 80 ]] || give_up "80 bytes in all, not $total"
succeeds_silently tensor-diff --types whole.safetensors shards
succeeds_silently tensor-diff --types whole.safetensors shards/model.safetensors.index.json
tensor-info shards | grep -q '^6 tensors, 80 parameters, 80 bytes in 4 files$' || give_up "4 files" "$(tensor-info shards)"
succeeds_silently tensor-convert shards --no-history -o again.safetensors
succeeds_silently tensor-diff --types whole.safetensors again.safetensors

# An existing folder is refused, replaced under --force, and never when it holds anything else.
cp -r shards before
fails_with 3 "shards/: exists" tensor-convert whole.safetensors --shard-size 1kB -o shards/
diff -r shards before
succeeds_silently tensor-convert whole.safetensors --shard-size 1kB --shard-stem diffusion_pytorch_model --force -o shards/
holds shards diffusion_pytorch_model-00001-of-00001.safetensors diffusion_pytorch_model.safetensors.index.json
echo mine >shards/notes.txt
cp -r shards foreign
fails_with 3 "notes.txt" tensor-convert whole.safetensors --shard-size 1kB --force -o shards/
diff -r shards foreign
cp -r before kept
fails_with 3 "a slice of 2 axes of [10]" tensor-convert whole.safetensors --slice :,: --shard-size 25 --force -o before/
# An error in the middle of the work, after other shards are written.
printf '\0\0\x0c\x01\0\0\0\x02\0\0\0\1\0\1\0\0' | tensor-convert --rename arr_0=z -o z.npz
fails_with 3 "tensor 'z': element 1 is 65536, more than the 255 that uint8 holds" \
  tensor-convert whole.safetensors z.npz --cast z=uint8 --shard-size 25 --force -o before/
diff -r before kept

# A shard cut short, or missing, is named.
tensor-convert whole.safetensors --shard-size 25 -o cut/
truncate -s -1 cut/model-00002-of-00004.safetensors
fails_with 3 "model-00002-of-00004.safetensors" tensor-convert cut -o x.safetensors
rm cut/model-00002-of-00004.safetensors
fails_with 3 "model-00002-of-00004.safetensors: no such file or directory" tensor-convert cut -o x.safetensors
