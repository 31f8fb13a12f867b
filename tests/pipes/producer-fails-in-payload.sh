# A producer that fails among its rows says why, and each tool behind it how many came; nothing is printed or written.
{ # zeros, and 70000 in row 2100
  printf '\0\0\x0d\x02\0\0\x0c\0\0\0\x04\0'
  head -c $((2100 * 4096)) /dev/zero
  printf '\x47\x88\xb8\0'
  head -c $((972 * 4096 - 4)) /dev/zero
} >rows.idx
mkdir out
too_much='tensor-convert: *element 2150400 is 70000, more than the 65504 that float16 holds; --saturate stores that instead'
codes='0 0 0'
tensor-convert rows.idx --cast float16 2>said.1 | tensor-convert --cast .=float32 2>said.2 |
  tensor-info --stats 2>said.3 >printed.txt || codes=${PIPESTATUS[*]}
ended '3 3 3' "$codes"
said said.1 "$too_much"
said said.2 "tensor-convert: standard input: input ends early: expected 3072 rows of 'arr_0', got 2048"
said said.3 "tensor-info: standard input: input ends early: expected 3072 rows of 'arr_0', got 2048"
said printed.txt

codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --cast float16 2>said.2 |
  tensor-convert -o out/x.pt 2>said.3 || codes=${PIPESTATUS[*]}
[[ $codes == '0 3 3' ]] || ended '141 3 3' "$codes" # the first may have written its last byte
said said.1
said said.2 "$too_much"
said said.3 "tensor-convert: standard input: input ends early: expected 3072 rows of 'arr_0', got 2048"
holds out
