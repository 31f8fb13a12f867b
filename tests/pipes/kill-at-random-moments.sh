# kill -9 at a hundred random moments of writing a file, and of a folder of shards, over an old one: each time the old or
# the new one is there, whole. What else is left is called .NAME.??????.part, and neither readers nor writers mind it.
# An argument names a file that is told how many kills came before, during and after the write.
tally=${1:-/dev/null}
mkdir old new out
exec 3<> <(:) # says nothing: a read with a time limit sleeps without a program that must be started

for name in old new; do # four tensors of 6 MiB
  for part in 1 2 3 4; do
    { printf '\0\0\x08\x02\0\0\x18\0\0\0\x04\0' && head -c 6M /dev/urandom; } >part.idx
    tensor-convert part.idx --rename "arr_0=t$part" -o "$part.npz" --force
  done
  tensor-convert [1-4].npz -o $name.safetensors
done

same() { diff -r "$1" "$2" >/dev/null; }
put_old() {
  rm -rf "out/$target"
  cp -al "old/$target" out
}
# kills TARGET ARGUMENT...: each kill finds the old target and spares it or the new one. A target that ends in / is a folder.
kills() {
  local target=${1%/} before=0 during=0 after=0 shortest=0 moment begin i name left parts
  local write=(tensor-convert "${@:2}" --no-history --force)
  for name in old new; do succeeds_silently "${write[@]}" $name.safetensors -o "$name/$1"; done
  find old new -type f -exec sha256sum {} + >known.txt
  for i in 1 2 3; do # how long it takes, in microseconds
    put_old
    begin=${EPOCHREALTIME/./}
    "${write[@]}" new.safetensors -o "out/$1"
    ((i = ${EPOCHREALTIME/./} - begin, shortest = shortest == 0 || i < shortest ? i : shortest)) || true
  done

  for ((i = 0; i < 100; ++i)); do
    put_old
    left=$(find out -maxdepth 1 -name '.*.part' | wc -l)
    "${write[@]}" new.safetensors -o "out/$1" &
    moment=$(((RANDOM << 15 | RANDOM) % (shortest * 5 / 4)))
    read -rt "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))" -u 3 || true
    kill -9 $! 2>/dev/null || true
    wait $! 2>/dev/null || true
    parts=0
    while read -r name; do
      case $name in
        "$target" | x.safetensors) ;;
        .x.safetensors.??????.part | ."$target".??????.part) ((++parts)) ;;
        *) give_up "no file of the name $name" ;;
      esac
    done < <(ls -A out)
    if same "old/$target" "out/$target"; then
      ((parts > left ? ++during : ++before))
    else
      same "new/$target" "out/$target" || give_up "the old or the new $1, after $before, $during, $after kills"
      ((parts > left ? ++during : ++after))
    fi
    find out -maxdepth 1 -name ".$target.??????.part" | tail -n +4 | xargs -r rm -rf # some stay
  done
  echo "$1: $before before, $during during, $after after, of $shortest us" >>"$tally"
  ((during > 0)) || give_up "a kill during the write: $before before, $after after"
  sha256sum --quiet -c known.txt # what was linked to the targets was not written to
}
kills x.safetensors
kills shards/ --shard-size 6MiB

# Beside what is left, and with a part of a shard among the shards: tools read and write as if it were not there.
target=shards
put_old
part=$(find out -name '.x.safetensors.??????.part' | head -n 1)
cp "$part" out/shards/.model-00001-of-00004.safetensors.abc123.part
for name in old new; do
  succeeds_silently tensor-convert $name.safetensors -o out/x.safetensors --force
  succeeds_silently tensor-diff --types $name.safetensors out
done
succeeds_silently tensor-diff --types old.safetensors out/shards
fails_with 3 "holds '.model-00001-of-00004.safetensors.abc123.part', which would be lost" \
  tensor-convert new.safetensors --shard-size 6MiB --force -o out/shards/
rm out/shards/.*.part
succeeds_silently tensor-convert new.safetensors --shard-size 6MiB --force -o out/shards/
succeeds_silently tensor-diff --types new.safetensors out/shards
