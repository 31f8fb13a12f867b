# Images become tensors and images again without a changed pixel: from folders, archives and single files, in every
# format that loses nothing, with their labels.
pgm() { # FILE BYTES: two by two pixels
  printf 'P5\n2 2\n255\n%b' "$2" >"$1"
}
mkdir -p set/ant set/bee
pgm set/ant/1.pgm '\0\1\2\3'
pgm set/ant/2.pgm '\177\200\201\202'
pgm set/bee/1.pgm '\374\375\376\377'
tar -cf set.tar -C set ant bee

succeeds_silently tensor-convert set -o floats.safetensors
succeeds_silently tensor-convert set.tar -o tar.safetensors
succeeds_silently tensor-diff --types floats.safetensors tar.safetensors
tensor-info --json floats.safetensors >info.json
has_text '"name":"labels","dtype":"I64","shape":[3]' info.json
has_text '"name":"images","dtype":"F32","shape":[3,1,2,2]' info.json
succeeds_silently tensor-convert set --pixels uint8 -o bytes.safetensors
tensor-convert set --pixels uint8 --format npy 2>said.txt | tail -c +129 >got.bin
[[ $(<said.txt) == 'tensor-convert: standard output: labels are left out, since .npy holds one array' ]] ||
  give_up "a remark, not: $(<said.txt)"
tail -qc 4 set/ant/1.pgm set/ant/2.pgm set/bee/1.pgm | cmp - got.bin

# Tensors of either kind, and an archive, are the same files again.
for from in floats.safetensors bytes.safetensors set.tar set; do
  for format in png tiff webp pnm; do
    rm -rf files
    succeeds_silently tensor-convert "$from" --format $format --by-class -o files/
    tensor-convert files --force -o again.safetensors
    [[ $format != webp ]] || continue # grey becomes RGB
    succeeds_silently tensor-diff --types floats.safetensors again.safetensors
  done
done
rm -rf files
succeeds_silently tensor-convert set --format pnm --by-class -o files/
[[ $(find files -type f | sort | xargs) == 'files/ant/000000.pnm files/ant/000001.pnm files/bee/000002.pnm' ]] ||
  give_up "a folder a class: $(find files)"
cmp files/bee/000002.pnm set/bee/1.pgm

# ADM's convention, and back.
succeeds_silently tensor-convert set -o adm.npz
tensor-info --json adm.npz >info.json
has_text '"name":"arr_0","dtype":"U8","shape":[3,2,2,1]' info.json
has_text '"name":"arr_1","dtype":"I64","shape":[3]' info.json
has_text '"kind":"images (ADM' info.json
succeeds_silently tensor-convert floats.safetensors --pixels uint8 --layout nhwc -o adm2.npz
succeeds_silently tensor-diff --types adm.npz adm2.npz
succeeds_silently tensor-convert adm.npz --pixels float32 --layout nchw --force -o again.safetensors
succeeds_silently tensor-diff --types floats.safetensors again.safetensors
tensor-convert set --format npz | succeeds_silently tensor-diff --types - adm.npz
tensor-info <(tensor-convert set --layout nhwc) | grep -q '^images  F32    \[3,2,2,1\]' || give_up "channels last"

# One image: a file of its own, with neither frame nor label, in the format that --format says.
succeeds_silently tensor-convert set/ant/2.pgm -o one.pgm
cmp one.pgm set/ant/2.pgm
mkdir -p single/class
cp set/ant/2.pgm single/class
succeeds_silently tensor-convert single -o two.pgm
cmp two.pgm set/ant/2.pgm
succeeds_silently tensor-convert set/ant/2.pgm --format png -o picture.dat
[[ $(head -c 4 picture.dat | tail -c 3) == PNG ]] || give_up "a PNG"
fails_with 2 "holds one image, not 3" tensor-convert set -o three.png

# Sixteen bits.
printf '\0\0\x0d\x03\0\0\0\1\0\0\0\1\0\0\0\2\x3f\0\0\0\x3c\0\0\0' >fine.idx # 0.5, 1/128
succeeds_silently tensor-convert fine.idx --format pnm --depth 16 -o fine/
[[ $(tail -c 4 fine/000000.pnm | od -An -v -tx1 | xargs) == 'bf ff 80 ff' ]] || give_up "round((v + 1) 32767.5)"
for format in png tiff; do
  succeeds_silently tensor-convert fine --format $format --depth 16 -o fine-$format/
  tensor-convert fine-$format -o fine.npy --force
  succeeds_silently tensor-diff --rename 'arr_0=images' <(tensor-convert fine) fine.npy
done

# Labels of several inputs: all or none; classes go by their names.
succeeds_silently tensor-convert set set -o twice.safetensors
tensor-info twice.safetensors | grep -q '^labels  I64    \[6\]' || give_up "six labels"
tensor-convert set set/ant/1.pgm -o some.safetensors 2>said.txt
[[ $(<said.txt) == 'tensor-convert: labels are left out: not all inputs have them' ]] || give_up "a remark, not: $(<said.txt)"
mkdir -p other/wasp
cp set/ant/1.pgm other/wasp
succeeds_silently tensor-convert set other --format pnm --by-class -o joined/
[[ $(find joined -type f | sort | xargs) == "joined/ant/000000.pnm joined/ant/000001.pnm joined/bee/000002.pnm joined/wasp/000003.pnm" ]] ||
  give_up "three classes: $(find joined)"
