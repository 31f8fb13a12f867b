# What cannot be trained is refused in one line, and nothing is left behind.
points=$ATHANOR_TEST_DATA/points/points.npy
small=(--steps 2 --width 8 --depth 1 --preview 0 --threads 1)

fails_with 2 "--batch: must be" diffusion-train "$points" -o x.safetensors --batch 0
fails_with 2 "--steps: must be" diffusion-train "$points" -o x.safetensors --steps 0
fails_with 2 "--lr: must be" diffusion-train "$points" -o x.safetensors --lr 0
fails_with 2 "--beta1: must be at least 0 and below 1" diffusion-train "$points" -o x.safetensors --beta1 1
fails_with 2 "--beta2: must be at least 0 and below 1" diffusion-train "$points" -o x.safetensors --beta2 1
fails_with 2 "--threads: must be" diffusion-train "$points" -o x.safetensors --threads 5000
fails_with 2 "--output: files stand beside the model" diffusion-train "$points" -o -
fails_with 2 "--store: must be one of" diffusion-train "$points" -o x.safetensors --store float64
fails_with 2 "--output" diffusion-train "$points"
fails_with 3 "none/x.safetensors" diffusion-train "$points" -o none/x.safetensors "${small[@]}"

printf '\x93NUMPY\x01\0\x46\0%-69s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }" >labels.npy
printf '\0\1\0\1' >>labels.npy
fails_with 3 "labels.npy: 4 labels for the 512 rows" \
  diffusion-train "$points" --labels labels.npy -o x.safetensors "${small[@]}"

mkdir empty mixed
fails_with 3 "empty" diffusion-train empty -o x.safetensors "${small[@]}"
cp "$ATHANOR_TEST_DATA/images/rgb.png" mixed/a.png
echo 'not a picture' >mixed/b.txt
fails_with 3 "mixed/b.txt" diffusion-train mixed -o x.safetensors "${small[@]}"
# An image that turns out damaged only when it is read.
head -c 60 mixed/a.png >mixed/b.png
rm mixed/b.txt
unet=(--steps 2 --batch 2 --channels 4 --multipliers 1 --blocks 1 --preview 0 --threads 1)
fails_with 3 "mixed/b.png" diffusion-train mixed -o x.safetensors "${unet[@]}"

fails_with 3 "mlp: vectors: expected [D], got [3,8,6]" \
  diffusion-train "$ATHANOR_TEST_DATA/images/rgb.png" -o x.safetensors --network mlp "${small[@]}"
fails_with 3 "unet: images: expected [C,H,W], got [2]" \
  diffusion-train "$points" -o x.safetensors --network unet "${small[@]}"
fails_with 3 "divisible by 8" \
  diffusion-train "$ATHANOR_TEST_DATA/images/rgb.png" -o x.safetensors --multipliers 1,1,1,1 --preview 0

# A loss that is not finite, before the first checkpoint.
fails_with 3 "step 1: the loss is not finite; the last checkpoint is of step 0" \
  diffusion-train "$points" -o x.safetensors "${small[@]}" --p-mean 800
