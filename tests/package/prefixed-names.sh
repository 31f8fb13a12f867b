# Under a prefix a tool speaks of itself and of the others by prefixed names, and records its own.
for tool in sample image-grid tensor-info; do ln -s "$ATHANOR_BIN/$tool" ath-$tool; done
./ath-image-grid --help >page
has_text 'Usage: ath-image-grid' page
has_text 'ath-sample -n 16 | ath-image-grid -o drawn.jpg' page
fails_with 2 "unknown option '--colums'" ./ath-image-grid --colums
fails_with 3 'missing.npy' ./ath-tensor-info missing.npy

./ath-sample -n 1 >prefixed.safetensors
sample -n 1 >plain.safetensors
cmp prefixed.safetensors plain.safetensors
