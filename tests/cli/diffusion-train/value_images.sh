# A tiny UNet learns from a folder of images, a subfolder a class, and draws a sheet of each class.
mkdir images
for class in dark light; do
  sample -m digits -n 4 --steps 1 --threads 1 --seed "${#class}" --quiet -o "images/$class/"
done
options=(--steps 3 --batch 4 --channels 4 --multipliers "1,1" --blocks 1 --attention 14 --threads 1)
succeeds_silently diffusion-train images -o model.safetensors "${options[@]}" --preview 4 --log-every 1
[[ $(head -c 4 model.safetensors.png | tail -c 3) == PNG ]] || give_up "a PNG"
succeeds_silently tensor-info model.safetensors >info.txt
has_text '"type": "unet"' info.txt
has_text '"dark"' info.txt
has_text '"light"' info.txt
succeeds_silently sample -m model.safetensors -n 2 --labels 1 --steps 2 --threads 1 -o drawn/
[[ $(echo drawn/*) == "drawn/000000.png drawn/000001.png" ]] || give_up "two images: $(ls drawn)"
