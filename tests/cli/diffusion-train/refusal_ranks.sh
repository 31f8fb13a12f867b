# Processes that do not fit together end with one line each.
points=$ATHANOR_TEST_DATA/points/points.npy
train=(diffusion-train "$points" -o x.safetensors --steps 2 --width 8 --depth 1 --preview 0 --threads 1)
port=$((20000 + RANDOM % 9000))

(
  export RANK=0
  fails_with 2 'RANK is set in the environment, but WORLD_SIZE is not' "${train[@]}"
)
(
  export OMPI_COMM_WORLD_SIZE=2
  fails_with 2 'OMPI_COMM_WORLD_SIZE is set in the environment, but OMPI_COMM_WORLD_RANK is not' "${train[@]}"
)
(
  export RANK=0 WORLD_SIZE=2 MASTER_PORT=$port
  fails_with 2 'MASTER_ADDR' "${train[@]}"
)
(
  export RANK=2 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port
  fails_with 2 'RANK is 2, not 0 to 1' "${train[@]}"
)
# One process of one needs nobody.
RANK=0 WORLD_SIZE=1 succeeds_silently "${train[@]}"
rm x.safetensors*

export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port
other() { # COMMAND...: rank 1, in the background
  RANK=1 "$@" 2>said.1 &
}
ends_with() { # CODE TEXT: how it ended
  exits_with "$1" wait $!
  said said.1 "diffusion-train: rank 1: $2"
}
other "${train[@]}" --lr 0.5
code=0
RANK=0 "${train[@]}" 2>said.0 || code=$?
needs_gloo said.0
[[ $code == 3 ]] || give_up "exit code 3, not $code"
said said.0 'diffusion-train: rank 1 of 2 has other options or data than rank 0'
ends_with 3 'rank 1 of 2 has other options or data than rank 0'

# An output that exists is refused by the first process alone, which writes it.
printf old >taken.safetensors
other "${train[@]}" -o taken.safetensors
RANK=0 succeeds_silently "${train[@]}"
exits_with 0 wait $!
said said.1
rm x.safetensors*
other "${train[@]}"
RANK=0 fails_with 3 'taken.safetensors: exists' "${train[@]}" -o taken.safetensors
ends_with 3 "rank 0 of 2 ($(hostname)) was lost at step 0; the last checkpoint is of step 0"

split='--batch 31 is not divisible by 2 (--accum times processes)'
other "${train[@]}" --batch 31
RANK=0 fails_with 2 "$split" "${train[@]}" --batch 31
ends_with 2 "$split"

# A loss that is not finite is called so by all.
nowhere='step 1: the loss is not finite; the last checkpoint is of step 0'
other "${train[@]}" --p-mean 800
RANK=0 fails_with 3 "$nowhere" "${train[@]}" --p-mean 800
ends_with 3 "$nowhere"

# One of them cannot read its data: the other does not wait for it.
printf 'no array' >broken.npy
other diffusion-train broken.npy "${train[@]:2}"
RANK=0 fails_with 3 "rank 1 of 2 ($(hostname)) was lost at step 0" "${train[@]}"
ends_with 3 'broken.npy*'
