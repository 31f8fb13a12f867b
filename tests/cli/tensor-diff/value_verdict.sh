# 0 says that all is within the tolerance, 1 that something is not: numpy.allclose's rule to the last digit.
f64() { # FILE BYTES: an array of one float64
  printf '%b' '\0\0\x0e\1\0\0\0\1'"$2" >"$1"
}
f64 one.idx '\x3f\xf0\0\0\0\0\0\0'
f64 half-more.idx '\x3f\xf8\0\0\0\0\0\0'   # 1.5
f64 next.idx '\x3f\xf8\0\0\0\0\0\1'        # 1.5 + 2^-52
f64 two.idx '\x40\0\0\0\0\0\0\0'
f64 nan.idx '\x7f\xf8\0\0\0\0\0\0'
f64 other-nan.idx '\xff\xf8\0\0\0\0\0\1'
f64 infinity.idx '\x7f\xf0\0\0\0\0\0\0'
f64 zero.idx '\0\0\0\0\0\0\0\0'
f64 minus-zero.idx '\x80\0\0\0\0\0\0\0'

yes() { succeeds_silently tensor-diff "$@" >out.txt; }
no() {
  exits_with 1 tensor-diff "$@" >out.txt 2>said.txt
  [[ ! -s said.txt && -s out.txt ]] || give_up "words on standard output alone from: tensor-diff $*"
}
yes one.idx one.idx
[[ ! -s out.txt ]] || give_up "nothing about equal files"
no one.idx two.idx
no half-more.idx one.idx --abs 0.49999999999999994
yes half-more.idx one.idx --abs 0.5
no next.idx one.idx --abs 0.5
yes half-more.idx one.idx --rel 0.5
no next.idx one.idx --rel 0.5
yes one.idx two.idx --rel 0.5    # relative to B
no two.idx one.idx --rel 0.5
yes two.idx one.idx --abs 0.5 --rel 0.5
no two.idx one.idx --abs 0.5 --rel 0.49
yes zero.idx minus-zero.idx
yes nan.idx other-nan.idx
no nan.idx one.idx --abs 1e300 --rel 1e300
yes infinity.idx infinity.idx
no infinity.idx one.idx --abs 1e300 --rel 1e300
no one.idx infinity.idx --abs 1e300 --rel 1e300

# Names, shapes and, if asked for, types.
tensor-convert one.idx --rename arr_0=x -o x.safetensors
tensor-convert x.safetensors --cast float32 -o x32.safetensors
tensor-convert one.idx --rename arr_0=y -o y.safetensors
tensor-convert x.safetensors y.safetensors -o xy.safetensors
yes x.safetensors x32.safetensors
[[ $(<out.txt) == 'x: float64 against float32; equal' ]] || give_up "both types: $(<out.txt)"
no x.safetensors x32.safetensors --types
no x.safetensors xy.safetensors
[[ $(<out.txt) == 'only in B: y' ]] || give_up "y on one side: $(<out.txt)"
no xy.safetensors x.safetensors
[[ $(<out.txt) == 'only in A: y' ]] || give_up "y on one side: $(<out.txt)"
yes xy.safetensors x.safetensors --exclude y
yes x.safetensors y.safetensors --rename '^.$=z'
no one.idx <(tensor-convert one.idx one.idx --concat)
has_text 'arr_0: [1] against [2]' out.txt
yes --all xy.safetensors xy.safetensors
[[ $(<out.txt) == $'x: equal\ny: equal' ]] || give_up "all tensors: $(<out.txt)"

# Either side may be a pipe, both may be files of different formats; misuse is 2, what cannot be read 3.
tensor-convert x.safetensors --format npz | succeeds_silently tensor-diff - x.safetensors
tensor-convert x.safetensors | succeeds_silently tensor-diff x.safetensors -
fails_with 2 "standard input can be read once only" tensor-diff - -
fails_with 2 "--abs: must be at least 0" tensor-diff one.idx one.idx --abs -1
fails_with 2 "expected" tensor-diff one.idx one.idx --rel nan
fails_with 2 "B" tensor-diff one.idx
fails_with 3 "none.idx: no such file or directory" tensor-diff one.idx none.idx
fails_with 3 "input ends early" tensor-diff one.idx <(head -c 13 one.idx)
