#!/usr/bin/env bash
# A damaged, truncated or foreign file is exit code 3 and one line that names the file and the fault.
refused() { # TEXT FILE
  code=0
  tensor-info "$2" >out.txt 2>err.txt || code=$?
  [ "$code" = 3 ]
  [ ! -s out.txt ]
  [ "$(cat err.txt)" = "tensor-info: $2: $1" ] || { cat err.txt >&2 && exit 1; }
}
printf '\0\0\x08\x01\0\0\0\x03ab' >short.idx
refused 'input ends early: 3 bytes are promised after the header, 2 follow' short.idx
printf 'hello, world' >hello.txt
refused 'not a tensor file (expected safetensors, .npy, .npz, .pt or IDX)' hello.txt
: >empty
refused 'the input is empty (expected safetensors, .npy, .npz, .pt or IDX)' empty
printf '\x64\0\0\0\0\0\0\0{"a":' >cut.safetensors
refused 'input ends early: the header claims 100 bytes, 5 follow' cut.safetensors
header='{"__metadata__":{"athanor.config":"{"}}'
{
  printf '%b' "$(printf '\\x%02x\\0\\0\\0\\0\\0\\0\\0' ${#header})"
  printf '%s' "$header"
} >config.safetensors
refused 'athanor.config is not valid JSON' config.safetensors
refused 'no such file or directory' none.safetensors
mkdir folder
refused 'holds no checkpoint (expected an index, .safetensors, .bin, .pt or .pth)' folder

# The files before it are printed.
printf '\0\0\x08\x01\0\0\0\x01a' >good.idx
code=0
tensor-info good.idx short.idx >out.txt 2>err.txt || code=$?
[ "$code" = 3 ]
grep -q '^arr_0  U8     \[1\]' out.txt
[ "$(wc -l <err.txt)" = 1 ]
