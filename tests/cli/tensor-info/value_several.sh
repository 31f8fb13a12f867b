#!/usr/bin/env bash
# Several files are each headed by their name; a name from a file cannot steer the terminal.
printf '\0\0\x08\x01\0\0\0\x03abc' >one.idx
header='{"a\u001b[2J":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
{
  printf '%b' "$(printf '\\x%02x\\0\\0\\0\\0\\0\\0\\0' ${#header})"
  printf '%sx' "$header"
} >two.safetensors
cat >expected.txt <<'END'
one.idx:
name   dtype  shape  bytes
arr_0  U8     [3]        3
1 tensors, 3 parameters, 3 bytes

two.safetensors:
name      dtype  shape  bytes
a\x1b[2J  U8     [1]        1
1 tensors, 1 parameters, 1 bytes
END
tensor-info one.idx two.safetensors | diff expected.txt -
