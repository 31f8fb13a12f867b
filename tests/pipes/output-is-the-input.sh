# A pipeline that ends in the file that it began with (-o, not >): the file is replaced when all is there, else it stays.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
mkdir out
tensor-convert rows.idx -o out/x.safetensors
codes='0 0 0'
tensor-convert out/x.safetensors 2>said.1 | tensor-convert --cast .=float32 2>said.2 |
  tensor-convert --cast .=int8 --force -o out/x.safetensors 2>said.3 || codes=${PIPESTATUS[*]}
ended '0 0 0' "$codes"
tensor-info out/x.safetensors | grep -q '^arr_0  I8 ' || give_up "the new type" "$(tensor-info out/x.safetensors)"
tensor-diff rows.idx out/x.safetensors >differences.txt
holds out x.safetensors

cp out/x.safetensors kept.safetensors
codes='0 0 0'
tensor-convert out/x.safetensors 2>said.1 | tensor-convert 2>said.2 |
  tensor-convert -o out/x.safetensors 2>said.3 || codes=${PIPESTATUS[*]}
ended '141 141 3' "$codes"
said said.3 'tensor-convert: out/x.safetensors: exists; give --force to replace it'
codes='0 0 0'
tensor-convert out/x.safetensors 2>said.1 | head -c 9M | tensor-convert --force -o out/x.safetensors 2>said.3 ||
  codes=${PIPESTATUS[*]}
ended '141 0 3' "$codes"
said said.3 "tensor-convert: standard input: input ends early: expected 12288 rows of 'arr_0', got *"
cmp out/x.safetensors kept.safetensors
holds out x.safetensors
