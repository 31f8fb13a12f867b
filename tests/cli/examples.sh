# Each example of the tool's page runs as it stands, in a folder that has the files which it names, and writes its outputs.
tool=$1

# unescaped TEXT: what stands in a JSON string.
unescaped() {
  local text=$1
  text=${text//\\\"/\"}
  printf '%s\n' "${text//\\\\/\\}"
}

examples=$("$tool" --describe=json | sed -n 's/^ *"command": "\(.*\)",$/\1/p')
[[ -n $examples ]] || give_up "an example on the page of $tool"
mkdir folder
cd folder || exit
while IFS= read -r line; do
  command=$(unescaped "$line")
  read -r -a words <<<"$command"
  "$ATHANOR_TEST_DATA/../support/example_files" "${words[@]}"
  # No pipefail: a reader that has seen enough ends the writer by SIGPIPE, and one that has not fails itself.
  bash -eu -c "$command" >../out </dev/null 2>../said || give_up "success of: $command" "$(<../said)"
  for ((i = 0; i < ${#words[@]}; ++i)); do
    case ${words[i]} in
      -o | --output) output=${words[i + 1]} ;;
      --output=*) output=${words[i]#*=} ;;
      *) continue ;;
    esac
    [[ $output == - || -e $output ]] || give_up "$output to be written by: $command"
  done
done <<<"$examples"
