# A process that is killed ends the others with its name and exit code 3, and the last checkpoint can be used.
points=$ATHANOR_TEST_DATA/points/points.npy
train=(diffusion-train "$points" --steps 1000000 --batch 30 --width 8 --depth 1 --checkpoint-every 50 --log-every 10
  --preview 0 --threads 1)
start() { # RANK RANKS NAME
  env RANK="$1" WORLD_SIZE="$2" MASTER_ADDR=127.0.0.1 MASTER_PORT="$port" "${train[@]}" -o "$3" 2>"said.$1" &
  pids[$1]=$!
}
ended() { ! kill -0 "$1" 2>/dev/null; }

shopt -s extglob
for case in '2 0' '2 1' '3 1' '3 0'; do
  read -r ranks victim <<<"$case"
  model=$ranks-$victim.safetensors port=$((20000 + RANDOM % 9000)) pids=()
  for ((r = 0; r < ranks; ++r)); do start $r "$ranks" "$model"; done
  until [[ -e $model ]]; do
    sleep 0.05
    needs_gloo said.0
    kill -0 "${pids[0]}" || give_up "a training that runs: $(cat said.0)"
  done
  kill -KILL "${pids[victim]}"
  for ((r = 0; r < ranks; ++r)); do
    [[ $r != "$victim" ]] || continue
    until_true ended "${pids[r]}"
    exits_with 3 wait "${pids[r]}"
    prefix=
    [[ $r == 0 ]] || prefix="rank $r: "
    said "said.$r" "diffusion-train: ${prefix}rank $victim of $ranks ($(hostname)) was lost at step +([0-9]); the last checkpoint is of step +([0-9])"
  done
  exits_with 137 wait "${pids[victim]}" 2>/dev/null
  succeeds_silently sample -m "$model" -n 2 --steps 2 --threads 1 >drawn.safetensors
  "${train[@]}" -o "$model" --resume --max-time 0.001 2>said.resumed
  has_text 'stopped at the time limit' said.resumed
done
