# Every element type goes through every format that holds it and comes back byte for byte, plain and gzipped.
printf '\0\0\x08\x02\0\0\0\x02\0\0\0\x03\0\1\2\3\4\5' >numbers.idx
parts=()
for dtype in uint64 int64 float64 float32 uint32 int32 bfloat16 float16 uint16 int16 float8_e4m3fn float8_e5m2 int8 \
  uint8 bool; do
  succeeds_silently tensor-convert numbers.idx --cast .=$dtype --rename "arr_0=$dtype" -o "$dtype.safetensors"
  parts+=("$dtype.safetensors")
done
succeeds_silently tensor-convert "${parts[@]}" --no-history -o all.safetensors
tensor-info all.safetensors | grep -q '^15 tensors, 90 parameters, 294 bytes' || give_up "15 types" "$(tensor-info all.safetensors)"

# same A B: the files hold the same tensors, types included, and as safetensors the same bytes.
same() {
  succeeds_silently tensor-diff --types "$1" "$2" >said.txt
  [[ ! -s said.txt ]] || give_up "no difference of $1 and $2, not: $(<said.txt)"
  tensor-convert "$2" --no-history | cmp - "$1"
}
succeeds_silently tensor-convert all.safetensors --no-history -o all.pt
same all.safetensors all.pt
succeeds_silently tensor-convert all.pt --no-history -o again.safetensors
cmp again.safetensors all.safetensors

# NumPy has no bfloat16 and no float8.
for dtype in bfloat16 float8_e4m3fn float8_e5m2; do
  for format in npy npz; do
    fails_with 2 "--cast it, or write safetensors" tensor-convert "$dtype.safetensors" -o "$dtype.$format"
  done
done
succeeds_silently tensor-convert all.safetensors --exclude 'bfloat|float8' --no-history -o numpy.safetensors
succeeds_silently tensor-convert numpy.safetensors -o numpy.npz
same numpy.safetensors numpy.npz
succeeds_silently tensor-convert numpy.npz -o numpy.pt
same numpy.safetensors numpy.pt
succeeds_silently tensor-convert float16.safetensors --rename float16=arr_0 --no-history -o one.safetensors
succeeds_silently tensor-convert one.safetensors -o one.npy
same one.safetensors one.npy

# Formats are known by content: the name of a copy says nothing, and gzip makes no difference.
for file in all.safetensors all.pt numpy.npz one.npy numbers.idx; do
  cp "$file" "${file%.*}.dat"
  gzip -k "$file"
  succeeds_silently tensor-diff --types "$file" "${file%.*}.dat"
  succeeds_silently tensor-diff --types "$file" "$file.gz"
done
