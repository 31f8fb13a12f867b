# A tool that needs the header only succeeds with that and leaves; those before it end quietly and do not do the rest.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert --cast .=float64 2>said.2 | tensor-info 2>said.3 >printed.txt ||
  codes=${PIPESTATUS[*]}
ended '141 141 0' "$codes"
said said.1
said said.2
said said.3
has_text '[12288,1024]' printed.txt
