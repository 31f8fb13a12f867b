# A classifier of noisy images is trained from labelled images, and draws nothing.
labels() { printf '\0\0\x08\x01\0\0\0\x05\1\0\2\1\0' >labels.idx; }
labels
images=$ATHANOR_TEST_DATA/images/images.idx.gz
small=(--steps 2 --batch 2 --channels 4 --multipliers 1 --blocks 1 --attention 1 --threads 1)
succeeds_silently diffusion-train "$images" --labels labels.idx --classifier -o c.safetensors "${small[@]}"
[[ ! -e c.safetensors.png ]] || give_up "no sheet of a classifier"
tensor-info c.safetensors --json >info.json
has_text '"outputs":3' info.json
fails_with 3 "c.safetensors is a classifier, which draws nothing" sample -m c.safetensors -o x.npy
fails_with 3 "a classifier needs labels" diffusion-train "$images" --classifier -o d.safetensors "${small[@]}"
for option in '--min-snr 5' '--label-dropout 0.2' '--guidance 2'; do
  # shellcheck disable=SC2086  # an option and its value
  fails_with 2 "--classifier goes without --min-snr, --label-dropout and --guidance" \
    diffusion-train "$images" --labels labels.idx --classifier $option -o d.safetensors "${small[@]}"
done
fails_with 2 "--classifier goes without --unconditional" \
  diffusion-train "$images" --labels labels.idx --classifier --unconditional -o d.safetensors "${small[@]}"
