# Two processes make, to the last bit, what one makes of the same halves of each batch, whether or not they are
# interrupted; of whole batches it makes the same up to the order of float32 sums.
points=$ATHANOR_TEST_DATA/points/points.npy
options=(--steps 400 --batch 32 --width 16 --depth 2 --warmup 20 --checkpoint-every 100 --log-every 20
  --weight-decay 0.01 --preview 0 --threads 1 --seed 5)
port=$((20000 + RANDOM % 9000))
rank() { # RANK COMMAND...: one of two processes, in place of this subshell
  exec env RANK="$1" WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT="$port" "${@:2}"
}
both_succeed() { # COMMAND...
  local code=0
  (rank 1 "$@" 2>said.1) &
  (rank 0 "$@" 2>said.0) || code=$?
  needs_gloo said.0
  [[ $code == 0 ]] || give_up "success of: $*" "it said: $(cat said.0)"
  exits_with 0 wait $!
  said said.0
  said said.1
}
curve() { sed 's/,"images_per_second.*//' "$1.safetensors.jsonl"; }

train=(diffusion-train "$points" "${options[@]}")
succeeds_silently "${train[@]}" -o halves.safetensors --accum 2
both_succeed "${train[@]}" -o pair.safetensors
tensor-diff --types halves.safetensors pair.safetensors
tensor-diff --types halves.safetensors.state.safetensors pair.safetensors.state.safetensors
diff <(curve halves) <(curve pair)

# Parts that are computed twice give their gradients, and give them once.
for segments in 2 5; do
  both_succeed "${train[@]}" -o "segments.safetensors" --checkpoint-segments "$segments" --force
  tensor-diff --types pair.safetensors segments.safetensors
done

# n squared errors of one sign, added in any order, are right to n·2⁻²⁴ of the sum: 64 of them differ by 7.6e-6 at
# most. So the losses of the first step do, and no later step may add more than that.
succeeds_silently "${train[@]}" -o whole.safetensors
paste <(curve whole) <(curve pair) | awk -F '"loss":' '
  { a = $2 + 0; b = $3 + 0; d = (a - b) / a; if (d < 0) d = -d; d /= 20 * NR; if (d > worst) worst = d }
  END { if (NR != 20 || !(worst < 7.6e-6)) { print "the losses differ by " worst " a step in " NR " lines"; exit 1 } }'

# A signal to one of them stops both at the same step.
(rank 0 "${train[@]}" -o signal.safetensors) &
first=$!
(rank 1 "${train[@]}" -o signal.safetensors) &
second=$!
until_lines 2 signal.safetensors.jsonl "$second"
kill -TERM "$second" 2>/dev/null || true
ends_by TERM "$first"
ends_by TERM "$second"
both_succeed "${train[@]}" -o signal.safetensors --resume
tensor-diff --types pair.safetensors signal.safetensors
tensor-diff --types pair.safetensors.state.safetensors signal.safetensors.state.safetensors

# One process goes on with what two began.
succeeds_silently "${train[@]}" -o signal.safetensors --resume
tensor-diff --types pair.safetensors signal.safetensors
