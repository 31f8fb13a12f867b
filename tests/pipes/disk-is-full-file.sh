# A disk that fills while a file is written: the tool says so and removes its part, those before it end quietly.
with_own_mounts
small_disk disk 3m
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
tensor-convert rows.idx --slice :10 -o disk/old.npy
cp disk/old.npy kept.npy
for name in new.npy new.npz new.pt new.safetensors old.npy; do
  codes='0 0 0'
  tensor-convert rows.idx 2>said.1 | tensor-convert --cast .=int8 2>said.2 |
    tensor-convert --force -o "disk/$name" 2>said.3 || codes=${PIPESTATUS[*]}
  ended '141 141 3' "$codes"
  said said.1
  said said.2
  said said.3 "tensor-convert: disk/$name: no space left on device"
  holds disk old.npy
  cmp disk/old.npy kept.npy
done
