# A checkpoint in several files is shown as one; so is a file without tensors; JSON is JSON.
printf '\0\0\x08\1\0\0\0\4abcd' | tensor-convert --rename arr_0=a -o a.npz
printf '\0\0\x08\1\0\0\0\4efgh' | tensor-convert --rename arr_0=b -o b.npz
tensor-convert a.npz b.npz --shard-size 4 -o shards/
for name in shards shards/ shards/model.safetensors.index.json; do
  tensor-info --stats "$name" >out.txt
  [[ $(sed -n '2,3p' out.txt | xargs) == 'a U8 [4] 4 98.506 97 100 0 0 0 b U8 [4] 4 102.51 101 104 0 0 0' ]] ||
    give_up "two tensors: $(<out.txt)"
  has_text '2 tensors, 8 parameters, 8 bytes in 2 files' out.txt
done
tensor-info --json --stats shards a.npz >out.json
[[ $(wc -l <out.json) == 2 ]] || give_up "a line a file"
has_text '"shards":["model-00001-of-00002.safetensors","model-00002-of-00002.safetensors"]' out.json
printf '\x02\0\0\0\0\0\0\0{}' >empty.safetensors
for options in '' --stats '--json --stats'; do
  # shellcheck disable=SC2086  # words
  succeeds_silently tensor-info $options empty.safetensors >>out.json
done
has_text '0 tensors, 0 parameters, 0 bytes' out.json
if command -v python3 >/dev/null; then
  tensor-info --json --stats shards a.npz empty.safetensors | while IFS= read -r line; do
    python3 -m json.tool >/dev/null <<<"$line" || give_up "JSON, not: $line"
  done
fi
