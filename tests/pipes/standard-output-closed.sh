# Standard output that is closed (>&-), of the last tool or of one within: that tool fails; no file gets what was meant for it.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
mkdir out
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert 2>said.2 | tensor-convert 2>said.3 >&- || codes=${PIPESTATUS[*]}
ended '141 141 3' "$codes"
said said.1
said said.2
said said.3 'tensor-convert: standard output: bad file descriptor'

codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert 2>said.2 >&- | tensor-convert -o out/x.npy 2>said.3 ||
  codes=${PIPESTATUS[*]}
ended '141 3 3' "$codes"
said said.1
said said.2 'tensor-convert: standard output: bad file descriptor'
said said.3 'tensor-convert: standard input: the input is empty (expected *)'
holds out

# A tool that has no use for it does its work.
codes='0 0 0'
tensor-convert rows.idx 2>said.1 | tensor-convert 2>said.2 | tensor-convert -o out/x.npy 2>said.3 >&- ||
  codes=${PIPESTATUS[*]}
ended '0 0 0' "$codes"
tensor-diff rows.idx out/x.npy
