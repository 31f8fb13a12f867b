# A file may be converted onto itself: it is whole afterwards, and as it was when the conversion fails.
printf '\0\0\x08\x01\0\0\0\x04\1\2\3\4' >four.idx
tensor-convert four.idx --cast .=float32 --rename arr_0=x -o x.safetensors
tensor-convert x.safetensors --cast bfloat16 --no-history -o want.safetensors
fails_with 3 "x.safetensors: exists; give --force to replace it" tensor-convert x.safetensors --cast bfloat16 -o x.safetensors
succeeds_silently tensor-convert x.safetensors --cast bfloat16 --no-history --force -o x.safetensors
cmp x.safetensors want.safetensors

tensor-convert four.idx --cast .=float32 -o y.npy
cp y.npy before.npy
fails_with 3 "a slice of 2 axes of [4]" tensor-convert y.npy --slice :,: --force -o y.npy
cmp y.npy before.npy
succeeds_silently tensor-convert y.npy --slice ::2 --force -o y.npy
tensor-info y.npy | grep -q '^arr_0  F32    \[2\]' || give_up "two numbers"

# A folder of shards likewise.
tensor-convert four.idx --rename arr_0=a -o a.npz
tensor-convert four.idx --rename arr_0=b -o b.npz
tensor-convert a.npz b.npz --shard-size 4 -o shards/
succeeds_silently tensor-convert shards --shard-size 100 --force -o shards/
[[ $(ls shards) == $'model-00001-of-00001.safetensors\nmodel.safetensors.index.json' ]] || give_up "one shard: $(ls shards)"
tensor-convert a.npz b.npz | succeeds_silently tensor-diff - shards
