# An existing model is kept unless --force or --resume is given, and only its own training goes on.
points=$ATHANOR_TEST_DATA/points/points.npy
small=(--steps 2 --width 8 --depth 1 --preview 0 --threads 1)

fails_with 3 ": no such file or directory" diffusion-train "$points" -o x.safetensors "${small[@]}" --resume
printf old >x.safetensors
fails_with 3 "x.safetensors" diffusion-train "$points" -o x.safetensors "${small[@]}"
[[ $(<x.safetensors) == old ]] || give_up "an untouched model"
succeeds_silently diffusion-train "$points" -o x.safetensors "${small[@]}" --force
cksum x.safetensors* >before.txt

kept() { cksum x.safetensors* | diff before.txt - || give_up "files that a refusal leaves alone"; }
resume=(diffusion-train "$points" -o x.safetensors --resume)
fails_with 3 'has --lr ' "${resume[@]}" "${small[@]}" --lr 0.01
kept
fails_with 3 'has --seed ' "${resume[@]}" "${small[@]}" --seed 1
kept
fails_with 3 'has --width ' "${resume[@]}" "${small[@]}" --width 16
kept
fails_with 3 "steps" "${resume[@]}" --steps 1 --width 8 --depth 1 --preview 0 --threads 1
kept
sample -m x.safetensors -n 7 --steps 1 --threads 1 --quiet -o seven.npy
fails_with 3 'has data "512 rows of [2] from points.npy (4224 bytes, ' \
  diffusion-train seven.npy -o x.safetensors --resume "${small[@]}"
fails_with 3 '", not "7 rows of [2] from seven.npy (184 bytes, ' \
  diffusion-train seven.npy -o x.safetensors --resume "${small[@]}"
kept
fails_with 3 'labels.npy (' "${resume[@]}" "${small[@]}" --labels "$ATHANOR_TEST_DATA/points/labels.npy"
kept

# What decides no number may change.
cp x.safetensors.state.safetensors before.state
mkdir elsewhere
cp "$points" elsewhere
"${resume[@]:0:1}" elsewhere/points.npy "${resume[@]:2}" --steps 2 --width 8 --depth 1 --preview 3 --threads 2 \
  --log-every 1 --checkpoint-every 1 --max-time 10 --store float16 --cache 1 --checkpoint-segments 2 --trace trace.json
tensor-diff x.safetensors.state.safetensors before.state
cp "$ATHANOR_TEST_DATA/points/labels.npy" elsewhere
succeeds_silently diffusion-train "$points" --source "$points" --labels "$ATHANOR_TEST_DATA/points/labels.npy" \
  -o first.safetensors "${small[@]}"
for file in first.safetensors*; do mv "$file" "other${file#first}"; done
succeeds_silently diffusion-train elsewhere/points.npy --source elsewhere/points.npy --labels elsewhere/labels.npy \
  -o other.safetensors "${small[@]}" --resume
succeeds_silently diffusion-train "$points" -o x.safetensors "${small[@]}" --force

# A name that is not UTF-8.
cp "$points" $'\xe9.npy'
succeeds_silently diffusion-train $'\xe9.npy' -o latin.safetensors "${small[@]}"
succeeds_silently diffusion-train $'\xe9.npy' -o latin.safetensors "${small[@]}" --resume

rm x.safetensors.state.safetensors
fails_with 3 "x.safetensors.state.safetensors: no such file or directory" "${resume[@]}" "${small[@]}"
printf 'not a state' >x.safetensors.state.safetensors
fails_with 3 "x.safetensors.state.safetensors" "${resume[@]}" "${small[@]}"
