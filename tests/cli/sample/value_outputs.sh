# Images go to whatever the output's name asks for.
options=(--steps 2 --solver euler --threads 1 -n 3)
succeeds_silently sample "${options[@]}" -o sheet.png
[[ $(head -c 4 sheet.png | tail -c 3) == PNG ]] || give_up "a PNG"
succeeds_silently sample "${options[@]}" --first 5 -o folder/
[[ $(echo folder/*) == "folder/000005.png folder/000006.png folder/000007.png" ]] || give_up "three files: $(ls folder)"
succeeds_silently sample "${options[@]}" -o file.safetensors
succeeds_silently sample "${options[@]}" >pipe.safetensors
cmp file.safetensors pipe.safetensors
has_text athanor.history file.safetensors
succeeds_silently sample "${options[@]}" --no-history >plain.safetensors
! grep -qF athanor.history plain.safetensors || give_up "no history"
