# --stats: numbers that are known in closed form; what is no number is counted and left out.
# 0 … 9999 as float64 by way of a PGM's bytes would be long: 0 … 255, four times.
{
  printf '\0\0\x08\2\0\0\0\4\0\0\1\0'
  for _ in 1 2 3 4; do printf '%b' "$(printf '\\x%02x' {0..255})"; done
} >bytes.idx
for dtype in uint8 int32 float32 float64 uint64 bfloat16; do
  tensor-convert bytes.idx --cast .=$dtype -o x.safetensors --force
  line=$(tensor-info --stats x.safetensors | sed -n 2p)
  # rms = sqrt(255·511/6)
  [[ $line =~ ' 147.37 '\ +'0 '\ +'255 '\ +'4 '\ +'0 '\ +'0'$ ]] || give_up "rms, min, max, zeros, NaN, inf of $dtype, not: $line"
  tensor-info --stats --json x.safetensors >out.json
  has_text '"mean":127.5,"deviation":73.9002' out.json # sqrt((256^2 - 1)/12)
  has_text '"min":0.0,"max":255.0,"zeros":4,"nans":0,"infinities":0' out.json
done
gzip -c bytes.idx | tensor-info --stats | sed -n 2p | grep -q ' 147.37 ' || give_up "the same of a pipe"

# 3, -4, 0, -0, NaN, inf, -inf in every type that has them; of nothing finite there are no statistics.
printf '\0\0\x0d\1\0\0\0\7\x40\x40\0\0\xc0\x80\0\0\0\0\0\0\x80\0\0\0\x7f\xc0\0\0\x7f\x80\0\0\xff\x80\0\0' >odd.idx
for dtype in float32 float64 float16 bfloat16 float8_e5m2; do
  tensor-convert odd.idx --cast $dtype -o x.safetensors --force
  line=$(tensor-info --stats x.safetensors | sed -n 2p | xargs)
  [[ $line == *' 2.5 -4 3 2 1 2' ]] || give_up "statistics of $dtype, not: $line"
done
tensor-convert odd.idx --slice 4: -o x.safetensors --force
line=$(tensor-info --stats x.safetensors | sed -n 2p | xargs)
[[ $line == 'arr_0 F32 [3] 12 nan nan nan 0 1 2' ]] || give_up "no finite number: $line"
tensor-info --stats --json x.safetensors >out.json
has_text '"rms":null,"mean":null,"deviation":null,"min":null,"max":null,"zeros":0,"nans":1,"infinities":2' out.json
tensor-convert odd.idx --slice 7: -o x.safetensors --force
tensor-info --stats x.safetensors | grep -q '^arr_0  F32    \[0\]' || give_up "a table of nothing"

# All bytes are read: what is missing is seen, which without --stats it would not be.
tensor-convert bytes.idx -o whole.safetensors
size=$(stat -c %s whole.safetensors)
head -c $((size - 1)) whole.safetensors | succeeds_silently tensor-info >/dev/null
exits_with 3 tensor-info --stats < <(head -c $((size - 1)) whole.safetensors) >out.txt 2>said.txt
has_text "tensor-info: standard input: input ends early: expected 4 rows of 'arr_0', got 3" said.txt
exits_with 3 tensor-info --stats < <(cat whole.safetensors && echo) >out.txt 2>said.txt
has_text "tensor-info: standard input: bytes follow the last tensor" said.txt
