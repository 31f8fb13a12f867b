# What breaks in the middle of a training ends it in one line, and the last checkpoint stays as it was.
with_own_mounts
points=$ATHANOR_TEST_DATA/points/points.npy
small=(--width 8 --depth 1 --preview 0 --threads 1 --checkpoint-every 4 --log-every 4)

# A loss that is not finite from some step on.
fails_late() {
  local said code=0
  said=$("${@:2}" 2>&1) || code=$?
  [[ $code == 3 && $said == "diffusion-train: "* && $said == *"$1"* && $said != *$'\n'* ]] ||
    give_up "exit code 3 and one line with '$1', not $code and: $said"
}
fails_late "the last checkpoint is of step " diffusion-train "$points" -o nan.safetensors "${small[@]}" --steps 400 \
  --optimizer sgd --lr 30 --warmup 200 --clip 1e30
tensor-info nan.safetensors >/dev/null
tensor-info nan.safetensors.state.safetensors >/dev/null

# The disk fills between two checkpoints.
small_disk disk 1m
diffusion-train "$points" -o disk/x.safetensors "${small[@]}" --steps 4
cksum disk/x.safetensors disk/x.safetensors.state.safetensors >before.txt
dd if=/dev/zero of=disk/filler bs=1024 status=none 2>/dev/null || true
fails_late "no space left on device" diffusion-train "$points" -o disk/x.safetensors --force "${small[@]}" --steps 400
cksum disk/x.safetensors disk/x.safetensors.state.safetensors | diff before.txt - || give_up "the files of the last checkpoint"

# One image of many is damaged, and is met in the middle of an epoch.
mkdir images
for i in $(seq 100 130); do cp "$ATHANOR_TEST_DATA/images/rgb.png" "images/$i.png"; done
head -c 60 images/100.png >images/117.png
unet=(--batch 2 --channels 4 --multipliers 1 --blocks 1 --preview 0 --threads 1 --steps 40 --checkpoint-every 1)
fails_late "images/117.png" diffusion-train images -o images.safetensors "${unet[@]}"
tensor-info images.safetensors >/dev/null
code=0
diffusion-train images -o skipped.safetensors "${unet[@]}" --skip-unreadable --steps 2 2>said || code=$?
ended 0 "$code"
has_text "images/117.png" said
