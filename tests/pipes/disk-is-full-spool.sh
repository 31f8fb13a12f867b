# A format that is read from its end is spooled to $TMPDIR; when that is full the tool says where, and nothing is left.
with_own_mounts
small_disk disk 3m
mkdir out
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --format npz 2>said.2 |
  TMPDIR=$PWD/disk tensor-convert -o out/x.npy 2>said.3 || codes=${PIPESTATUS[*]}
ended '141 141 3' "$codes"
said said.1
said said.2
said said.3 "tensor-convert: *$PWD/disk: cannot write a temporary file (TMPDIR names another folder): no space left on device"
holds disk
holds out
