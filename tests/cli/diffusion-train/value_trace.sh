# The gradients of two processes set out while backward still computes the rest of them.
port=$((20000 + RANDOM % 9000))
train=(diffusion-train "$ATHANOR_TEST_DATA/points/points.npy" -o x.safetensors --steps 3 --batch 4 --width 512 --depth 3
  --preview 0 --threads 1 --trace trace.json)
export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port
RANK=1 "${train[@]}" 2>said.1 &
RANK=0 "${train[@]}" 2>said.0 || true
needs_gloo said.0
exits_with 0 wait $!
said said.0
said said.1
# Each step has a span "backward" and a span for each bucket; the first bucket begins within backward.
tr -d ' ",' <trace.json | awk -F : '
  $1 == "name" { name = $2 }
  $1 == "ts" { begin = $2 }
  $1 == "dur" && name == "backward" { ++steps; from[steps] = begin; to[steps] = begin + $2 }
  $1 == "dur" && name == "all-reduce0" { ++sums; at[sums] = begin }
  $1 == "dur" && name ~ /^all-reduce/ { ++all }
  END {
    for (i = 1; i <= sums; ++i) for (j = 1; j <= steps; ++j) within += from[j] < at[i] && at[i] < to[j]
    if (steps == 3 && sums == 3 && within == 3 && all >= 6) exit 0
    print steps " spans of backward, " sums " of the first bucket, " within " of them begun within backward, " all " of any"
    exit 1
  }'
