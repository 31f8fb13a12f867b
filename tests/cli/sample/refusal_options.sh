# What cannot be done is refused before any work.
fails_with 2 "--sigmas says the whole grid" sample --sigmas 1,0 --steps 3
fails_with 2 "--sigmas must decrease: 2 does not lie below 1" sample --sigmas 1,2
fails_with 2 "--sigma-min 3 is not below --sigma-max 2" sample --sigma-min 3 --sigma-max 2
fails_with 2 "--churn works with heun, not with ddim" sample --solver ddim --churn 1
fails_with 2 "must be one of euler, ddim, heun, dpmpp-2m, ipndm" sample --solver rk45
fails_with 2 "--count: must be 1 to" sample -n 0
fails_with 2 "--shard 3/3: none of 2 images" sample -n 2 --shard 3/3
fails_with 2 "--trajectory holds one batch: 9 images are more than --batch 8" \
  sample -n 9 --batch 8 --trajectory t.safetensors -o x.safetensors
fails_with 3 "label 10: the model has 10 classes" sample --labels 0-10
fails_with 3 "no-such-model" sample -m no-such-model

printf 'not a model' >text.safetensors
fails_with 3 "text.safetensors" sample -m text.safetensors
sample -n 1 --steps 1 -o images.safetensors
fails_with 3 "images.safetensors: not a diffusion model" sample -m images.safetensors -o x.safetensors
sample -n 1 --steps 1 --quiet -o rows.npy
fails_with 3 "rows.npy: 1 rows of noise for 2 images" sample -n 2 --noise rows.npy -o x.safetensors
fails_with 3 "expected a tensor 'noise', or one tensor alone" sample --noise images.safetensors -o x.safetensors
fails_with 3 "images.safetensors" sample -n 1 --steps 1 -o images.safetensors
