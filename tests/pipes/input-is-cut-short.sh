# A pipeline that is fed the beginning of a file: every tool counts what came, whether the cut is in header or rows.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
tensor-convert rows.idx -o rows.safetensors
mkdir out
codes='0 0 0'
head -c 9M rows.safetensors | tensor-convert --cast .=float16 2>said.1 | tensor-convert -o out/x.npz 2>said.2 ||
  codes=${PIPESTATUS[*]}
ended '0 3 3' "$codes"
said said.1 "tensor-convert: standard input: input ends early: expected 12288 rows of 'arr_0', got 9215"
said said.2 "tensor-convert: standard input: input ends early: expected 12288 rows of 'arr_0', got 8192"
codes='0 0 0'
head -c 100 rows.safetensors | tensor-convert --cast .=float16 2>said.1 | tensor-convert -o out/x.npz 2>said.2 ||
  codes=${PIPESTATUS[*]}
ended '0 3 3' "$codes"
said said.1 'tensor-convert: standard input: input ends early: the header claims *'
said said.2 'tensor-convert: standard input: the input is empty (expected *)'
holds out
