#!/usr/bin/env bash
# Output that cannot be written is exit code 3; a reader that leaves early ends the tool without a word.
printf '\0\0\x08\x01\0\0\0\x01a' >good.idx
code=0
tensor-info good.idx >/dev/full 2>err.txt || code=$?
[ "$code" = 3 ]
[ "$(cat err.txt)" = 'tensor-info: standard output: no space left on device' ]

exec 3> >(exit)
wait $! # the pipe has no reader any more
code=0
tensor-info good.idx >&3 2>err.txt || code=$?
[ "$code" = 141 ]
[ ! -s err.txt ]
