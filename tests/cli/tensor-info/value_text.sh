#!/usr/bin/env bash
# The table, totals, metadata, configuration and history of a checkpoint, from a file and from a pipe.
header='{"__metadata__":{"athanor.config":"{\"channels\":32}","athanor.history":"{\"program\":\"a\"}\n{\"program\":\"b\"}","format":"pt"},"conv.weight":{"dtype":"F16","shape":[40,30],"data_offsets":[0,2400]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[2400,2401]}}'
{
  printf '%b' "$(printf '\\x%02x\\x%02x\\0\\0\\0\\0\\0\\0' $((${#header} % 256)) $((${#header} / 256)))"
  printf '%s' "$header"
  head -c 2401 /dev/zero
} >model.safetensors

cat >expected.txt <<'END'
name         dtype  shape    bytes
conv.weight  F16    [40,30]   2400
b            BOOL   []           1
2 tensors, 1201 parameters (1.2 k), 2401 bytes (2.4 kB)
kind: model (athanor)
format: pt
config: {
  "channels": 32
}
history: {"program":"a"}
history: {"program":"b"}
END
tensor-info model.safetensors | diff expected.txt -
tensor-info <model.safetensors | diff expected.txt -
cat model.safetensors | tensor-info - | diff expected.txt -

# Only the header is read: a pipe that holds no more is enough.
head -c $((8 + ${#header})) model.safetensors | cat | tensor-info | diff expected.txt -
