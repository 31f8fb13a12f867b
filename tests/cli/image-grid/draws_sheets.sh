#!/usr/bin/env bash
# Sheets of arrays, folders, files and pipes, with and without labels, as PNG and JPEG.
data=$ATHANOR_TEST_DATA/images

size_of() { # WIDTH HEIGHT as the header of a PNG has them
  od -An -j16 -N8 --endian=big -tu4 "$1" | tr -s ' ' | sed 's/^ //'
}
is_size() {
  [[ $(size_of "$1") == "$2" ]] || give_up "a sheet of $2, got $(size_of "$1")"
}

# Five images of 8x6 pixels: magnified 6 times, three columns, 2 pixels between.
succeeds_silently image-grid -o plain.png "$data/images.idx.gz" --columns 3
is_size plain.png "116 102"
has_text '"program":"image-grid"' plain.png
# 16 pixels under each for its label.
succeeds_silently image-grid -o labelled.png "$data/images.idx.gz" --labels "$data/labels.idx" --columns 3
is_size labelled.png "116 134"
succeeds_silently image-grid -o bare.png "$data/images.idx.gz" --labels "$data/labels.idx" --columns 3 --no-labels
is_size bare.png "116 102"
# The last three of five, one pixel a pixel.
succeeds_silently image-grid -o few.png "$data/floats.npy" --first 2 --columns 9 --scale 1 --gap 0
is_size few.png "18 8"

# A pipe gives what the file gives, and standard output is PNG.
succeeds_silently image-grid --no-history "$data/floats.npy" >file.png
succeeds_silently image-grid --no-history <"$data/floats.npy" >redirected.png
# shellcheck disable=SC2002 # a pipe is what is tested
succeeds_silently image-grid --no-history - < <(cat "$data/floats.npy") >pipe.png
cmp file.png redirected.png
cmp file.png pipe.png
if grep -q athanor pipe.png; then give_up "no history"; fi

# Several inputs follow one another; a sheet of one image is that image.
succeeds_silently image-grid --no-history -o one.png "$data/rgb.png" --scale 1 --gap 0
succeeds_silently image-grid -o two.png one.png "$data/rgb.png" --scale 1 --gap 0 --columns 2
is_size two.png "12 8"

# One subfolder a class: labels are the folders' names.
mkdir -p set/cat set/dog
cp "$data/rgb.png" set/cat/1.png
cp "$data/rgb.png" set/dog/1.png
succeeds_silently image-grid -o classes.jpg set
[[ $(head -c 3 classes.jpg | od -An -tx1 | tr -d ' ') == ffd8ff ]] || give_up "a JPEG"
succeeds_silently image-grid --force -o classes.jpg set

# Every format is read and written, and keeps the pixels but for JPEG.
for format in png webp tiff ppm; do
  succeeds_silently image-grid -o "same.$format" "$data/rgb.png" --scale 1 --gap 0
  succeeds_silently image-grid --force --no-history -o back.png "same.$format" --scale 1 --gap 0
  cmp one.png back.png
done
succeeds_silently image-grid -o flat.png --alpha '#ff8000' "$data/alpha.png"
