#!/usr/bin/env bash
# --json prints one object a file, each on its line.
printf '\0\0\x08\x02\0\0\0\x02\0\0\0\x03abcdef' >digits.idx
gzip -k digits.idx
printf '\x02\0\0\0\0\0\0\0{}' >empty.safetensors
tensor-info --json digits.idx digits.idx.gz empty.safetensors >got.txt
hash=$(head -c 12 digits.idx | sha256sum | cut -d ' ' -f 1)
empty_hash=$(sha256sum empty.safetensors | cut -d ' ' -f 1)
idx='"format":"idx","kind":"","tensors":[{"name":"arr_0","dtype":"U8","shape":[2,3],"offset":0,"bytes":6}],"parameters":6,"bytes":6,"header_bytes":12,"header_sha256":"'$hash'","metadata":{},"config":null,"history":[]}'
cat >expected.txt <<END
{"file":"digits.idx",$idx
{"file":"digits.idx.gz",$idx
{"file":"empty.safetensors","format":"safetensors","kind":"","tensors":[],"parameters":0,"bytes":0,"header_bytes":10,"header_sha256":"$empty_hash","metadata":{},"config":null,"history":[]}
END
diff expected.txt got.txt
