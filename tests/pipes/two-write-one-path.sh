# Two tools that write to one path at once: the first one to end has it and the other is refused; under --force the last has it.
for name in a b; do { printf '\0\0\x08\x01\0\2\0\0' && printf '%131072s' '' | tr ' ' $name; } >$name.idx; done
mkfifo one two
mkdir out
# race TEMPORARY ARGUMENT...: both have begun before the first ends, and the first has ended before the second does.
race() {
  rm -f codes.*
  { tensor-convert one "${@:2}" 2>said.1 && echo 0 >codes.1 || echo $? >codes.1; } &
  { tensor-convert two "${@:2}" 2>said.2 && echo 0 >codes.2 || echo $? >codes.2; } &
  exec 3>one 4>two
  head -c 70000 a.idx >&3
  head -c 70000 b.idx >&4
  until_true both_begun "$1"
  tail -c +70001 a.idx >&3
  exec 3>&-
  until_true test -s codes.1
  tail -c +70001 b.idx >&4
  exec 4>&-
  wait
  codes="$(<codes.1) $(<codes.2)"
}
both_begun() { [[ $(find out -maxdepth 1 -name "$1" | wc -l) == 2 ]]; }
race '.x.npy.*.part' -o out/x.npy
ended '0 3' "$codes"
said said.1
said said.2 'tensor-convert: out/x.npy: exists; give --force to replace it'
[[ $(tail -c 4 out/x.npy) == aaaa ]] || give_up "the first one's"
race '.x.npy.*.part' --force -o out/x.npy
ended '0 0' "$codes"
[[ $(tail -c 4 out/x.npy) == bbbb ]] || give_up "the second one's"

race '.shards.*.part' --shard-size 1kB -o out/shards/
ended '0 3' "$codes"
said said.1
said said.2 'tensor-convert: out/shards/: exists; give --force to replace it'
[[ $(tail -c 4 out/shards/model-00001-of-00001.safetensors) == aaaa ]] || give_up "the first one's"
race '.shards.*.part' --shard-size 1kB --force -o out/shards/
ended '0 0' "$codes"
[[ $(tail -c 4 out/shards/model-00001-of-00001.safetensors) == bbbb ]] || give_up "the second one's"
holds out shards x.npy
holds out/shards model-00001-of-00001.safetensors model.safetensors.index.json
