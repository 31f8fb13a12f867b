# A producer that is killed among its rows: each tool behind it says how many came; the old file stays, and nothing else.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
mkfifo feed
mkdir out
echo old >out/x.npy
{
  codes='0 0 0'
  as_pid pid tensor-convert feed 2>said.1 | tensor-convert --cast .=float16 2>said.2 |
    tensor-convert --force -o out/x.npy 2>said.3 || codes=${PIPESTATUS[*]}
  echo "$codes" >codes
} &
exec 3>feed
head -c 9M rows.idx >&3
# Tools read 4 MiB at a time: of 9 MiB eight pass, as 16 of float16.
until_true has_bytes $((16 << 20)) out/.x.npy.*.part
kill -9 "$(<pid)"
wait
ended '137 3 3' "$(<codes)"
said said.1
said said.2 "tensor-convert: standard input: input ends early: expected 12288 rows of 'arr_0', got 8192"
said said.3 "tensor-convert: standard input: input ends early: expected 12288 rows of 'arr_0', got 8192"
holds out x.npy
[[ $(<out/x.npy) == old ]] || give_up "the old file"
