# A producer that is killed is noticed by the reader: it fails, counts what came, and leaves no sheet.
mkfifo images
sample -n 20000 --batch 4 --solver euler --steps 2 --threads 1 >images &
producer=$!
code=0
tee copy.safetensors <images | image-grid -o sheet.png - 2>said.txt &
reader=$!
# The labels are 160,000 bytes; beyond 200,000 some images have come.
for ((i = 0; i < 1000; ++i)); do
  [[ -e copy.safetensors && $(stat -c %s copy.safetensors) -gt 200000 ]] && break
  sleep 0.1
done
kill -9 "$producer"
wait "$producer" 2>/dev/null || true
wait "$reader" || code=$?
[[ $code == 3 ]] || give_up "exit code 3, not $code"
grep -Eq "^image-grid: standard input: input ends early: expected 20000 rows of 'images', got [1-9][0-9]*$" said.txt ||
  give_up "the count of images, not: $(<said.txt)"
[[ ! -e sheet.png ]] || give_up "no sheet"
