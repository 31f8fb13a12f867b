# A file system without RENAME_EXCHANGE (NFS): --force refuses a folder of shards before the work; all else goes on as ever.
if ! command -v cc >/dev/null; then
  echo "skipped: a C compiler is not installed" >&2
  exit 77
fi
echo '#include <errno.h>
int renameat2(void) { errno = EINVAL; return -1; }' | cc -shared -fPIC -o cannot.so -x c -
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
mkdir out
tensor-convert rows.idx --shard-size 1GB -o out/shards/
cp -r out/shards kept
export LD_PRELOAD=$PWD/cannot.so
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --cast .=int8 2>said.2 |
  tensor-convert --shard-size 1GB --force -o out/shards/ 2>said.3 || codes=${PIPESTATUS[*]}
ended '141 141 3' "$codes"
said said.3 \
  'tensor-convert: out/shards/: cannot be replaced as a whole on this file system; name a new folder: invalid argument'
holds out shards
diff -r out/shards kept

succeeds_silently tensor-convert rows.idx --shard-size 1GB -o out/new/
diff -r out/new kept
succeeds_silently tensor-convert rows.idx -o out/x.npy
fails_with 3 'out/x.npy: exists' tensor-convert rows.idx -o out/x.npy
succeeds_silently tensor-convert rows.idx --force -o out/x.npy
holds out new shards x.npy
