#!/usr/bin/env bash
# What cannot be shown is refused in one line, and no file appears.
data=$ATHANOR_TEST_DATA/images

fails_with 3 "nothing.npy" image-grid -o a.png nothing.npy
fails_with 2 "expected a name ending in .png, .jpg, .webp, .tiff or .ppm, got 'a.gif'" image-grid -o a.gif "$data/rgb.png"
fails_with 2 "standard input can be read once only" image-grid -o a.png - -
fails_with 2 "--labels belongs to one input, got 2" \
  image-grid -o a.png --labels "$data/labels.idx" "$data/rgb.png" "$data/rgb.png"
fails_with 3 "there is no image 5 among 5" image-grid -o a.png --first 5 "$data/floats.npy"
fails_with 3 "rows are [1,8,6], but those of $data/rgb.png are [3,8,6]" \
  image-grid -o a.png "$data/rgb.png" "$data/grey.png"
fails_with 3 "alpha.png: image has transparent pixels; --alpha white" image-grid -o a.png "$data/alpha.png"
fails_with 2 "--alpha: expected refuse, keep, white, black or #RRGGBB, got 'pink'" \
  image-grid -o a.png --alpha pink "$data/alpha.png"
fails_with 3 "a sheet shows images of 1 or 3 channels, got 4" image-grid -o a.png --alpha keep "$data/alpha.png"
fails_with 3 "lower --count or --scale" image-grid -o a.png --scale 60000 "$data/rgb.png"
fails_with 2 "expected two numbers LOW,HIGH" image-grid -o a.png --range 3 "$data/rgb.png"

# An existing sheet is kept.
echo old >old.png
fails_with 3 "old.png" image-grid -o old.png "$data/rgb.png"
has_text old old.png

# Files cut short, wherever they are cut.
for file in rgb.png rgb.jpg progressive.jpg rgb.webp lossy.webp lzw.tif tiles.tif planes16.tif rgb.ppm bits.pbm floats.npy images.idx.gz; do
  size=$(stat -c %s "$data/$file")
  for eighth in 1 2 3 4 5 6 7; do
    head -c $((size * eighth / 8)) "$data/$file" >"cut-$file"
    fails_with 3 "" image-grid -o a.png "cut-$file"
  done
done

# A folder with a file that is no image, and what leaves it out.
mkdir set
cp "$data/rgb.png" set/1.png
echo hello >set/notes.txt
fails_with 3 "set/notes.txt: not a PNG, JPEG, WebP, TIFF or PNM image; give --skip-unreadable" image-grid -o a.png set
image-grid -o a.png --skip-unreadable set 2>remark.txt
has_text "set/notes.txt: left out: not a PNG, JPEG, WebP, TIFF or PNM image" remark.txt
succeeds_silently image-grid -q -o b.png --skip-unreadable set

exits_with 3 image-grid "$data/rgb.png" >/dev/full 2>message.txt
has_text "no space left on device" message.txt
