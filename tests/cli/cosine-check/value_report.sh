# What is said of two files: figures, table, JSON, CSV, what was left out; and the verdict.
double() { # FILE BYTES...: [N,1] or so of float64, big-endian
  printf '%b' "$2" >"$1"
}
double a.idx '\0\0\x0e\1\0\0\0\2\x3f\xf0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0' # 1 1
double b.idx '\0\0\x0e\1\0\0\0\2\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0'   # 1 2
succeeds_silently cosine-check a.idx b.idx --group element >out.txt
has_text 'cosine C                     0.948683298' out.txt
has_text "norm profiles' agreement W   0.948683298" out.txt
has_text "Cassels' floor of C          0.942809042" out.txt
has_text 'paradox                      C lies below 95 % of the local cosines' out.txt
succeeds_silently cosine-check a.idx b.idx --json >out.json
json() { grep -qF "$1" out.json || give_up "$1 in $(<out.json)"; }
json '"cosine":0.94868329805051'
json '"left_out":{"only_a":[],"only_b":[],"lacking":[],"shapes":[],"integers":[]},"paradox":null,"groups":[{"name":"arr_0","elements":2,'
[[ $(wc -l <out.json) == 1 ]] || give_up "one line"

# A line for every group; commas and quotes in names are quoted.
tensor-convert a.idx --rename 'arr_0=x,"y' -o ax.safetensors
tensor-convert b.idx --rename 'arr_0=x,"y' -o bx.safetensors
succeeds_silently cosine-check ax.safetensors bx.safetensors --csv rows.csv >/dev/null
[[ $(sed -n 1p rows.csv) == name,elements,cosine,one_minus_cosine,ratio,norm_a,norm_b,product ]] || give_up "$(<rows.csv)"
[[ $(sed -n 2p rows.csv) == '"x,""y",2,0.94868329'*,3 ]] || give_up "$(<rows.csv)"
fails_with 3 "rows.csv: exists" cosine-check ax.safetensors bx.safetensors --csv rows.csv

succeeds_silently cosine-check a.idx b.idx --plot cosines.svg >/dev/null
if command -v gnuplot >/dev/null; then has_text 'norms and directions' cosines.svg; fi
fails_with 2 "expected a plot's name ending in .svg or .png" cosine-check a.idx b.idx --plot cosines.pdf

# Names that do not meet, and those that are made to.
fails_with 3 "have no tensor in common that can be compared" cosine-check a.idx bx.safetensors
succeeds_silently cosine-check a.idx bx.safetensors --rename '^x,"y$=arr_0' >out.txt
tensor-convert a.idx --rename arr_0=more -o more.safetensors
tensor-convert ax.safetensors more.safetensors -o two.safetensors
succeeds_silently cosine-check two.safetensors bx.safetensors >out.txt
has_text 'only in A                    1 tensor, 2 elements: more' out.txt

# Two tensors of one pipe.
tensor-convert two.safetensors | succeeds_silently cosine-check - >out.txt
has_text 'cosine C                     1' out.txt
fails_with 3 "where B is not given, A must hold the two to compare" cosine-check a.idx

# Task vectors, and an update beside a gradient.
succeeds_silently cosine-check a.idx b.idx --update b.idx >out.txt
has_text 'predicted change of the loss  2' out.txt
fails_with 3 "have no tensor in common" cosine-check a.idx b.idx --base bx.safetensors
fails_with 2 "--base and --update say each what is compared" cosine-check a.idx b.idx --base a.idx --update a.idx

# Whole numbers are positions and counters: they count only when asked for.
printf '\0\0\x08\1\0\0\0\2\1\2' >whole.idx
fails_with 3 "--integers compares whole numbers too" cosine-check whole.idx whole.idx
succeeds_silently cosine-check whole.idx whole.idx --integers >out.txt

# 0 and 1.
succeeds_silently cosine-check a.idx b.idx --fail-below 0.94 >/dev/null
exits_with 1 cosine-check a.idx b.idx --fail-below 0.95 >/dev/null
succeeds_silently cosine-check a.idx b.idx --fail-below 0.95 --group element --level min >/dev/null
succeeds_silently cosine-check a.idx b.idx --fail-below 0.95 --group element --level p50 >/dev/null
fails_with 2 "expected global, min or pNN" cosine-check a.idx b.idx --fail-below 0.9 --level some
fails_with 2 "expected p0 to p100" cosine-check a.idx b.idx --level p101
fails_with 2 "expected tensor, row, element, block:N, layer or regex:RE" cosine-check a.idx b.idx --group rows
fails_with 2 "2 to 2^40" cosine-check a.idx b.idx --group block:1

# NaN is counted and left out; of zeros there is no cosine.
double nan.idx '\0\0\x0e\1\0\0\0\2\x7f\xf8\0\0\0\0\0\0\x40\0\0\0\0\0\0\0'
double zero.idx '\0\0\x0e\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
succeeds_silently cosine-check a.idx nan.idx >out.txt
has_text 'not finite, left out         1' out.txt
succeeds_silently cosine-check a.idx zero.idx >out.txt
has_text 'cosine C                     n/a' out.txt
exits_with 1 cosine-check a.idx zero.idx --fail-below -1 >/dev/null
