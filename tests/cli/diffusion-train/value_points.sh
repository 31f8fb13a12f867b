# A small training on points leaves the model, its state, log, curve and a picture; other tools read them.
points=$ATHANOR_TEST_DATA/points/points.npy
succeeds_silently diffusion-train "$points" -o model.safetensors --steps 40 --batch 16 --width 16 --depth 1 \
  --log-every 10 --preview 20 --threads 1
expected=$(printf 'model.safetensors%s\n' '' .jsonl .png .state.safetensors .svg)
[[ $(LC_ALL=C ls) == "$expected" ]] || give_up "the model and four files beside it, not: $(ls)"

[[ $(wc -l <model.safetensors.jsonl) == 4 ]] || give_up "a line for each of four intervals"
[[ $(sed -n 4p model.safetensors.jsonl) == '{"step":40,"images":640,"loss":'*'}' ]] || give_up "a line of step 40"
has_text '<svg' model.safetensors.svg
[[ $(head -c 4 model.safetensors.png | tail -c 3) == PNG ]] || give_up "a PNG"

succeeds_silently tensor-info model.safetensors >info.txt
has_text 'emb.0.weight' info.txt
has_text '"type": "mlp"' info.txt
has_text 'diffusion-train' info.txt
succeeds_silently tensor-info model.safetensors.state.safetensors >info.txt
for name in adamw.m adamw.v average.0 weights; do has_text "$name" info.txt; done

succeeds_silently sample -m model.safetensors -n 5 --steps 4 --threads 1 >points.safetensors
succeeds_silently tensor-info points.safetensors >info.txt
has_text 'vectors' info.txt
has_text '[5,2]' info.txt

# From a pipe, with labels, in half precision, without a preview.
succeeds_silently diffusion-train - --labels "$ATHANOR_TEST_DATA/points/labels.npy" -o classes.safetensors \
  --steps 3 --width 8 --depth 1 --store float16 --preview 0 --threads 1 <"$points"
[[ ! -e classes.safetensors.png ]] || give_up "no preview"
succeeds_silently tensor-info classes.safetensors >info.txt
has_text '"classes": 3' info.txt
has_text ' F16 ' info.txt
succeeds_silently sample -m classes.safetensors --labels 2 -n 3 --steps 2 --threads 1 >three.safetensors
succeeds_silently diffusion-train "$points" --labels "$ATHANOR_TEST_DATA/points/labels.npy" --unconditional \
  -o plain.safetensors --steps 1 --width 8 --depth 1 --preview 0 --threads 1
succeeds_silently tensor-info plain.safetensors >info.txt
has_text '"classes": 0' info.txt

# Where gnuplot is missing there are no pictures, and all else is the same.
program=$(command -v diffusion-train)
PATH='' "$program" "$points" -o bare.safetensors --steps 40 --batch 16 --width 16 --depth 1 --log-every 10 \
  --preview 20 --threads 1 2>said
has_text 'diffusion-train: no sheet is drawn: bare.safetensors.png: no plot is drawn: gnuplot is not installed' said
[[ ! -e bare.safetensors.png && ! -e bare.safetensors.svg ]] || give_up "no pictures"
cmp bare.safetensors model.safetensors
