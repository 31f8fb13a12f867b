# Ctrl-C among the rows, which the terminal sends to all three: each ends as the signal ends a program, and nothing is left.
{ printf '\0\0\x08\x02\0\0\x30\0\0\0\x04\0' && head -c 12M /dev/zero; } >rows.idx
mkfifo feed
mkdir out
echo old >out/x.npy
set -m # a process group of its own, where SIGINT is not ignored
# interrupt PATTERN ARGUMENT...: the third tool's temporary file and arguments.
interrupt() {
  {
    trap : INT # the shell itself stays and takes the exit codes
    codes='0 0 0'
    tensor-convert feed 2>said.1 | tensor-convert --cast .=float16 2>said.2 |
      tensor-convert "${@:2}" 2>said.3 || codes=${PIPESTATUS[*]}
    echo "$codes" >codes
  } &
  exec 3>feed
  head -c 9M rows.idx >&3
  # shellcheck disable=SC2086  # a pattern
  until_true eval "has_bytes $((16 << 20)) $1"
  kill -INT -- -$!
  wait
  exec 3>&-
  ended '130 130 130' "$(<codes)"
  said said.1
  said said.2
  said said.3
}
interrupt 'out/.x.npy.*.part' --force -o out/x.npy
interrupt 'out/.shards.*.part/.model-*.part' --shard-size 1GB -o out/shards/
holds out x.npy
[[ $(<out/x.npy) == old ]] || give_up "the old file"
