# Standard output that takes nothing (/dev/full): the last tool says so, those before it end quietly.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
for last in 'tensor-convert --cast .=int8' 'tensor-convert --format pt'; do
  codes='0 0 0'
  # shellcheck disable=SC2086  # words
  tensor-convert rows.idx 2>said.1 | tensor-convert 2>said.2 | $last 2>said.3 >/dev/full || codes=${PIPESTATUS[*]}
  ended '141 141 3' "$codes"
  said said.1
  said said.2
  said said.3 'tensor-convert: standard output: no space left on device'
done
# Text, which is written last.
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert 2>said.2 | tensor-info --stats 2>said.3 >/dev/full ||
  codes=${PIPESTATUS[*]}
ended '0 0 3' "$codes"
said said.3 'tensor-info: standard output: no space left on device'
