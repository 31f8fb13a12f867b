# A reader that leaves behind the first, second or third tool ends all before it, without a word.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
codes='0 0'
tensor-convert rows.idx 2>said.1 | head -c 100 >head.bin || codes=${PIPESTATUS[*]}
ended '141 0' "$codes"
said said.1
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --cast .=int8 2>said.2 | head -c 100 >head.bin ||
  codes=${PIPESTATUS[*]}
ended '141 141 0' "$codes"
said said.1
said said.2
codes='0 0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --cast .=int8 2>said.2 | tensor-convert --cast .=int16 2>said.3 |
  head -c 100 >head.bin || codes=${PIPESTATUS[*]}
ended '141 141 141 0' "$codes"
said said.1
said said.2
said said.3
has_bytes 100 head.bin
