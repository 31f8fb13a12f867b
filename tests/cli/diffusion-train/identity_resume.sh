# A training that is stopped by a signal, by time or by kill -9, and resumed, ends with the bytes of one that was not.
points=$ATHANOR_TEST_DATA/points/points.npy
options=(--steps 400 --batch 32 --width 16 --depth 1 --warmup 20 --checkpoint-every 100 --log-every 20
  --weight-decay 0.01 --preview 0 --threads 1 --seed 5)
succeeds_silently diffusion-train "$points" -o whole.safetensors "${options[@]}"
train=(diffusion-train "$points" "${options[@]}")

same_as_whole() { # NAME
  tensor-diff --types whole.safetensors "$1.safetensors"
  tensor-diff --types whole.safetensors.state.safetensors "$1.safetensors.state.safetensors"
  diff <(cut -d , -f 1 whole.safetensors.jsonl) <(cut -d , -f 1 "$1.safetensors.jsonl")
}

# Once the log has lines, the training runs: whenever the signal comes, the result is the same.
# A shell's background commands ignore SIGINT unless told otherwise.
env --default-signal=INT "${train[@]}" -o signal.safetensors &
until_lines 2 signal.safetensors.jsonl $!
kill -INT $! 2>/dev/null || true
ends_by INT $!
[[ -e signal.safetensors ]] || give_up "a model after SIGINT"
succeeds_silently sample -m signal.safetensors -n 1 --steps 2 --threads 1 >drawn.safetensors
"${train[@]}" -o signal.safetensors --resume &
sleep 0.5
kill -TERM $! 2>/dev/null || true
ends_by TERM $!
succeeds_silently "${train[@]}" -o signal.safetensors --resume
same_as_whole signal
cmp whole.safetensors signal.safetensors
cmp whole.safetensors.state.safetensors signal.safetensors.state.safetensors

"${train[@]}" -o killed.safetensors &
until_lines 6 killed.safetensors.jsonl $!
kill -KILL $! 2>/dev/null || true
ends_by KILL $!
succeeds_silently "${train[@]}" -o killed.safetensors --resume
same_as_whole killed
cmp whole.safetensors killed.safetensors
cmp whole.safetensors.state.safetensors killed.safetensors.state.safetensors

# The time limit stands in the first run's line of history: all but that is the same.
"${train[@]}" -o timed.safetensors --max-time 1e-9 2>said
has_text 'diffusion-train: stopped at the time limit; --resume goes on' said
exits_with 1 cmp -s whole.safetensors timed.safetensors
succeeds_silently "${train[@]}" -o timed.safetensors --resume
same_as_whole timed

# A finished training that is resumed writes the same again.
succeeds_silently "${train[@]}" -o timed.safetensors --resume
same_as_whole timed
