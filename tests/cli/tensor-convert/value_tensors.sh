# Selected, renamed, sliced, cast, joined and stacked: what comes out, to the byte.
printf '\0\0\x08\x02\0\0\0\x03\0\0\0\x02\1\2\3\4\5\6' >a.idx
printf '\0\0\x08\x02\0\0\0\x01\0\0\0\x02\7\10' >b.idx

# bytes OPTION...: the elements of the array that comes out, in decimal.
bytes() { tensor-convert "$@" --format npy | tail -c +129 | od -An -v -tu1 | xargs; }
# says TEXT COMMAND...: this is printed.
says() {
  local got
  got=$("${@:2}")
  [[ $got == "$1" ]] || give_up "'$1', not '$got', from: ${*:2}"
}
says '1 2 3 4 5 6' bytes a.idx
says '3 4' bytes a.idx --slice 1:2
says '5 6' bytes a.idx --slice=-1:
says '1 5' bytes a.idx --slice '::2,:1'
says '2 4 6' bytes a.idx --slice ':,1:'
says '1 2 3 4 5 6 7 8' bytes a.idx b.idx --concat
says '7 8 1 2 3 4 5 6' bytes b.idx a.idx --concat
says '1 2 7 8' bytes a.idx b.idx --concat --slice :1
says '1 1 1 1 1 1' bytes a.idx --cast .=bool
says '0 0 128 63 0 0 0 64' bytes a.idx --slice :1 --cast .=float32
fails_with 3 "two tensors are called 'arr_0'; --rename tells them apart, --concat joins them" tensor-convert a.idx b.idx

tensor-convert a.idx --rename arr_0=m.a.weight -o a.safetensors
tensor-convert a.idx --rename arr_0=m.b.weight -o b.safetensors
tensor-convert a.safetensors b.safetensors -o ab.safetensors
# names OPTION...: those that are left.
names() { tensor-info <(tensor-convert ab.safetensors "$@") | sed -n '/ U8 /s/ .*//p' | sort | xargs; }
says 'm.a.weight m.b.weight' names
says m.a.weight names --include a.w
says m.b.weight names --exclude a.w
says 'a.weight b.weight' names --rename '^m\.='
says 'x.a.kernel x.b.kernel' names --rename '^m=x' --rename 'weight$=kernel'
says 'a/m b/m' names --rename '(.)\.(.)\.weight=\2/\1'
fails_with 3 "no tensor is left" tensor-convert ab.safetensors --include z
fails_with 3 "--rename leaves nothing of its name" tensor-convert ab.safetensors --rename '.*='
fails_with 3 "two tensors are called 'x'" tensor-convert ab.safetensors --rename '^.*=x'
[[ $(tensor-info <(tensor-convert ab.safetensors --stack all) | sed -n 2p | xargs) == 'all U8 [2,3,2] 12' ]] ||
  give_up "a stack of two"
fails_with 3 "--stack: 'arr_0' is U8 [1,2], but 'm.a.weight' is U8 [3,2]" tensor-convert a.safetensors b.idx --stack all

# What a type cannot hold: tensor, element and limit are named, or the nearest is stored.
tensor-convert a.idx --cast .=float32 -o f.npy
succeeds_silently tensor-convert f.npy --cast .=int8 -o i.npy
printf '\0\0\x0d\x01\0\0\0\x02\x3f\x80\0\0\x47\x88\xb8\0' >large.idx # 1, 70000
fails_with 3 "tensor 'arr_0': element 1 is 70000, more than the 65504 that float16 holds; --saturate stores that instead" \
  tensor-convert large.idx --cast float16 -o half.npy
fails_with 3 "more than the 127 that int8 holds" tensor-convert large.idx --cast .=int8
succeeds_silently tensor-convert large.idx --cast float16 --saturate -o half.npy
says '0 60 255 123' bytes half.npy
says '1 127' bytes large.idx --cast .=int8 --saturate
succeeds_silently tensor-convert large.idx --cast bfloat16 -o - >/dev/null
