# A disk that fills while a folder is written: of shards nothing is left and the old folder stays; of images the whole ones.
with_own_mounts
small_disk disk 6m
for i in 1 2 3 4 5 6; do
  { printf '\0\0\x08\x01\0\x20\0\0' && head -c 2M /dev/urandom; } | tensor-convert --rename "arr_0=t$i" -o "$i.npz"
done
tensor-convert 1.npz --slice :10 --shard-size 1MB -o disk/shards/
cp -r disk/shards kept
codes='0 0 0'
tensor-convert [1-6].npz 2>said.1 | tensor-convert --cast .=int8 --saturate 2>said.2 |
  tensor-convert --shard-size 2MiB --force -o disk/shards/ 2>said.3 || codes=${PIPESTATUS[*]}
ended '141 141 3' "$codes"
said said.1
said said.2
said said.3 'tensor-convert: disk/shards/*: no space left on device'
holds disk shards
diff -r disk/shards kept
rm -r disk/shards

{ printf '\0\0\x08\x03\0\0\0\x08\0\0\x04\0\0\0\x04\0' && head -c 8M /dev/urandom; } >images.idx
codes='0 0 0'
tensor-convert images.idx 2>said.1 | tensor-convert --pixels float32 2>said.2 |
  tensor-convert --format pnm -o disk/images/ 2>said.3 || codes=${PIPESTATUS[*]}
ended '0 0 3' "$codes" # image tools take a stream whole before they begin
said said.3 'tensor-convert: disk/images/00000[3-5].pnm: no space left on device'
mapfile -t whole < <(ls -A disk/images)
[[ ${#whole[@]} -ge 3 ]] || give_up "the images that had room, not: ${whole[*]}"
for image in "${whole[@]}"; do
  [[ $image == 00000[0-4].pnm && $(stat -c %s "disk/images/$image") == $(((1 << 20) + 17)) ]] || give_up "a whole image: $image"
done
