# What is said of tensors that differ: counts, the worst element, its place, RMS, steps of the type; for eyes and as JSON.
# A [2,3] of float32: 1 2 4 8 -1 0 against the same, moved by 1, 2, 3 and 0 steps, through zero, and to NaN.
head=$(printf '\\0\\0\\x0d\\x02\\0\\0\\0\\2\\0\\0\\0\\3')
printf "$head"'\x3f\x80\0\0\x40\0\0\0\x40\x80\0\0\x41\0\0\0\x80\0\0\1\0\0\0\0' >a.idx
printf "$head"'\x3f\x80\0\1\x40\0\0\2\x40\x80\0\3\x41\0\0\0\0\0\0\1\x7f\xc0\0\0' >b.idx
exits_with 1 tensor-diff a.idx b.idx --abs 1e-6 >out.txt
cat >expected.txt <<'END'
arr_0: 5 of 6 differ, 2 beyond the tolerance, 1 NaN on one side
  worst 1.43051e-06 at [0,2]: 4 against 4.000001430511475; relative 2 at [1,1]; relative RMS 1.64e-07
  units in the last place  1: 1  2: 2  3-4: 1
END
diff expected.txt out.txt
exits_with 1 tensor-diff a.idx b.idx --json >out.json
json() { grep -qF "$1" out.json || give_up "$1 in $(<out.json)"; }
json '{"equal":false,"only_a":[],"only_b":[],"tensors":[{"name":"arr_0","shapes":[[2,3],[2,3]],"dtypes":["float32","float32"]'
json '"count":6,"different":5,"beyond":5,"nan_on_one_side":1,'
json '"absolute":{"largest":1.430511474609375e-06,"element":2,"a":4.0,"b":4.000001430511475}'
json '"relative":{"largest":2.0,"element":4,'
json '"ulps":{"0":1,"1":1,"2":2,"3-4":1}}]}'
[[ $(wc -l <out.json) == 1 ]] || give_up "one line"

# NaN alone: there is no worst number. Infinity is one, and null in JSON.
printf '\0\0\x0d\1\0\0\0\2\x7f\xc0\0\0\x3f\x80\0\0' >nan.idx
printf '\0\0\x0d\1\0\0\0\2\x7f\x80\0\0\x3f\x80\0\0' >infinite.idx
printf '\0\0\x0d\1\0\0\0\2\x3f\x80\0\0\x3f\x80\0\0' >ones.idx
exits_with 1 tensor-diff nan.idx ones.idx >out.txt
[[ $(<out.txt) == 'arr_0: 1 of 2 differ, 1 beyond the tolerance, 1 NaN on one side' ]] || give_up "NaN alone: $(<out.txt)"
exits_with 1 tensor-diff infinite.idx ones.idx >out.txt
has_text 'worst inf at [0]: inf against 1; relative RMS 0' out.txt
exits_with 1 tensor-diff infinite.idx ones.idx --json >out.json
json '"absolute":{"largest":null,"element":0,"a":null,"b":1.0},"relative":{"largest":0.0}'

# Names on one side, other shapes, a name that would steer the terminal.
tensor-convert ones.idx --rename "arr_0=$(printf 'a\033[2J')" -o odd.safetensors
exits_with 1 tensor-diff odd.safetensors ones.idx >out.txt
[[ $(<out.txt) == $'only in A: a\\x1b[2J\nonly in B: arr_0' ]] || give_up "names as text: $(<out.txt)"
exits_with 1 tensor-diff odd.safetensors ones.idx --json >out.json
json '"only_a":["a\u001b[2J"],"only_b":["arr_0"],"tensors":[]'
tensor-convert ones.idx --slice :1 -o one.npy
exits_with 1 tensor-diff ones.idx one.npy --json >out.json
json '"tensors":[{"name":"arr_0","shapes":[[2],[1]],"dtypes":["float32","float32"]}]'
succeeds_silently tensor-diff ones.idx ones.idx --json >out.json
json '{"equal":true,'

# A perturbation that is known: of 1000 numbers, one by rounding to bfloat16 at most half of its steps.
{ printf '\0\0\x08\1\0\0\3\xe8' && head -c 1000 < <(yes 'some bytes of text'); } >bytes.idx
tensor-convert bytes.idx --cast .=float32 -o exact.npy
succeeds_silently tensor-diff exact.npy bytes.idx
tensor-convert exact.npy --cast bfloat16 | succeeds_silently tensor-diff - exact.npy # whole numbers to 256 are exact
tensor-convert exact.npy --cast F8_E4M3 -o coarse.safetensors
exits_with 1 tensor-diff coarse.safetensors exact.npy >/dev/null
succeeds_silently tensor-diff coarse.safetensors exact.npy --rel 0.0625 >/dev/null # 3 bits: half a step is 1/16
