# Every contradiction that the command line alone shows is exit code 2, one line, and nothing is written.
printf '\0\0\x08\x02\0\0\0\x02\0\0\0\x03abcdef' >x.idx
mkdir photos
printf 'P5\n2 2\n255\nabcd' >photos/1.pgm
refused() { fails_with 2 "$1" tensor-convert "${@:2}"; }

refused "--format: must be one of" x.idx --format gguf
refused "expected" x.idx --cast float17
refused "expected a regular expression, got '('" x.idx --include '('
refused "expected a regular expression, got '['" x.idx --exclude '['
refused "expected REGEX=TEXT, got 'a'" x.idx --rename a
refused "expected ranges A:B or A:B:STEP, got '3'" x.idx --slice 3
refused "a range's step must be at least 1" x.idx --slice ::0
refused "expected" x.idx --slice a:b
refused "expected" x.idx --shard-size many -o d/
refused "a folder gets image files (--format png) or shards (--shard-size)" x.idx -o d/
refused "--shard-size: the output must be a folder, named with a '/' at its end" x.idx --shard-size 1kB -o d
refused "--shard-size: the output must be a folder" x.idx --shard-size 1kB
refused "shards are written as safetensors, not as npz" x.idx --shard-size 1kB --format npz -o d/
refused "image files go to a folder (-o DIR/)" photos --format png
refused "--by-class and --depth are for folders of image files" photos --by-class -o x.npz
refused "--by-class and --depth are for folders of image files" photos --depth 16 -o x.png
refused "--depth: must be 8 or 16, got 12" photos --depth 12 --format png -o d/
refused "--depth: must be 8 to 16, got '32'" photos --depth 32 --format png -o d/
refused "--depth: jpeg holds 8 bits a sample" photos --depth 16 --format jpeg -o d/
refused "--pixels: must be one of" photos --pixels int8
refused "--layout: must be one of" photos --layout chwn
refused "--pixels and --layout are for tensor files, not for png" photos --pixels uint8 --format png -o d/
refused "--pixels and --layout are for tensor files, not for tiff" photos --layout nhwc -o x.tiff
refused "options for tensors do not work on images" photos --format png --slice :1 -o d/
refused "options for tensors do not work on images" photos --slice :1
refused "options for tensors do not work on images" x.idx --pixels uint8 --cast .=float32
refused "--shard-size: images go to one file" photos --shard-size 1kB -o d/
refused "--shard-size: images go to one file" x.idx --pixels uint8 --shard-size 1kB -o d/
refused "photos/: is an input too, whose images would be overwritten" photos --format png --force -o photos/
refused "photos/../photos/: is an input too" photos --format png --force -o photos/../photos/
refused ".npy holds one tensor, not 2" <(tensor-convert x.idx --rename arr_0=b) x.idx -o x.npy

# What only the files show is exit code 3.
fails_with 3 "--by-class sorts images by their labels, and there are none" tensor-convert photos --format png --by-class -o d/
fails_with 3 "images and tensors cannot be converted together" tensor-convert photos x.idx
fails_with 3 "expected images" tensor-convert x.idx --format png -o d/
fails_with 3 "no such file or directory" tensor-convert none
: >exists.npy
fails_with 3 "exists.npy: exists; give --force to replace it" tensor-convert x.idx -o exists.npy
fails_with 3 "no such file or directory" tensor-convert x.idx -o none/x.npy
