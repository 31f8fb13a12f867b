# A damaged image among others: the tool that decodes it names it, those behind it fail too, and no image is half written.
mkdir photos
for i in 1 2 3 4; do printf 'P5\n2 2\n255\n%d%d%d%d' "$i" "$i" "$i" "$i" >"photos/$i.pgm"; done
codes='0 0 0'
tensor-convert photos 2>said.1 | tensor-convert --pixels uint8 2>said.2 |
  tensor-convert --format pnm -o whole/ 2>said.3 || codes=${PIPESTATUS[*]}
ended '0 0 0' "$codes"
for i in 1 2 3 4; do cmp "photos/$i.pgm" "whole/00000$((i - 1)).pnm"; done

truncate -s -1 photos/3.pgm
codes='0 0 0'
tensor-convert photos 2>said.1 | tensor-convert 2>said.2 | tensor-convert --format pnm -o part/ 2>said.3 ||
  codes=${PIPESTATUS[*]}
ended '3 3 3' "$codes"
said said.1 'tensor-convert: photos/3.pgm: *'
said said.2 "tensor-convert: standard input: input ends early: expected 4 rows of 'images', got 2"
said said.3 "tensor-convert: *input ends early: expected 4 rows of 'images', got *"
[[ ! -e part ]] || give_up "no folder"

# Without a pipe between images are written as they are read: those before the damaged one are there.
codes=0
tensor-convert photos --format pnm -o part/ 2>said.1 || codes=$?
ended 3 "$codes"
said said.1 'tensor-convert: photos/3.pgm: *'
holds part 000000.pnm 000001.pnm
cmp photos/1.pgm part/000000.pnm
cmp photos/2.pgm part/000001.pnm
