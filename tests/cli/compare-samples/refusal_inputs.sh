# What cannot be compared is refused in one line that says what there is and what is needed.
points=$ATHANOR_TEST_DATA/points/points.npy
tensor-convert "$ATHANOR_TEST_DATA/similarity/peers.npz" --include '^real$' -o real.npy
tensor-convert "$points" --slice :2 -o two.npy
tensor-convert "$points" --slice :6 -o six.npy
sample -q -n 4 --steps 1 -o images.npy

fails_with 3 "rows of real.npy are [6], but those of $points are [2]" compare-samples "$points" real.npy
fails_with 3 "rows of images.npy are [1,28,28], but those of $points are [2]" compare-samples "$points" images.npy
fails_with 3 "kid: needs at least 3 rows of each set, got 512 and 2" compare-samples "$points" two.npy --measures kid
fails_with 3 "kid-subsets: needs at least 1000 rows of each set, got 512 and 512" compare-samples "$points" "$points" --measures kid-subsets
fails_with 3 "neighbours: needs at least 7 rows of each set, got 512 and 6" compare-samples "$points" six.npy --measures neighbours -k 6
fails_with 3 "neighbours: there are no 9 among 4 rows" compare-samples images.npy images.npy --measures frechet --neighbours s.png -k 9
fails_with 3 "frechet: needs at least 2 rows of each set, got 1 of $points" compare-samples "$points" "$points" --limit 1 --measures frechet
fails_with 3 "--downscale is for images, and rows are [2]" compare-samples "$points" "$points" --downscale 2

# NaN: the file and the row.
printf '\0\0\x0d\2\0\0\0\3\0\0\0\2\x3f\x80\0\0\x3f\x80\0\0\x3f\x80\0\0\x7f\xc0\0\0\x3f\x80\0\0\x3f\x80\0\0' >nan.idx
fails_with 3 "nan.idx: row 1 of 'arr_0' holds NaN" compare-samples nan.idx nan.idx --measures frechet

fails_with 2 "--measures: must be one of frechet, sliced-wasserstein, mmd, kid, kid-subsets, neighbours, agreement, got 'frechet,fid'" \
  compare-samples "$points" "$points" --measures frechet,fid
fails_with 2 "--features: must be one of pixels, random, classifier, torchscript, got 'inception'" compare-samples "$points" "$points" --features inception
fails_with 2 "--bootstrap: must be 0 or at least 2, got '1'" compare-samples "$points" "$points" --bootstrap 1
fails_with 2 "standard input can be read once only" compare-samples - -

# Moments that are none.
tensor-convert real.npy --rename arr_0=mu -o mu.safetensors
tensor-convert real.npy --rename arr_0=sigma -o sigma.safetensors
tensor-convert mu.safetensors sigma.safetensors -o wrong.safetensors
fails_with 3 "wrong.safetensors: 'mu' is [60,6]; expected [2]" compare-samples wrong.safetensors "$points" --measures frechet
