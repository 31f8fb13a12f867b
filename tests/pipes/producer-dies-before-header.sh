# A producer that is killed before its first byte: each tool behind it says that its input is empty; nothing is written.
mkfifo feed
mkdir out
{
  codes='0 0 0'
  as_pid pid tensor-convert feed 2>said.1 | tensor-convert --cast .=float16 2>said.2 |
    tensor-convert -o out/x.npy 2>said.3 || codes=${PIPESTATUS[*]}
  echo "$codes" >codes
} &
exec 3>feed # returns when the producer has opened it
kill -9 "$(<pid)"
wait
ended '137 3 3' "$(<codes)"
said said.1
said said.2 'tensor-convert: standard input: the input is empty (expected *)'
said said.3 'tensor-convert: standard input: the input is empty (expected *)'
holds out
