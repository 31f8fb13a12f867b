# What holds for every tool: help, version, wrong options, missing inputs, a full disk, what it says of itself.
tool=$1

# --help is the whole page, on standard output.
succeeds_silently "$tool" --help >help.txt
for part in "Usage: $tool" 'Common options:' Examples: 'Exit codes:' --help --version --quiet --verbose; do
  has_text "$part" help.txt
done
sed -n '/^Examples:/,/^Exit codes:/p' help.txt | grep -q "^      .*$tool" || give_up "an example in the help of $tool"
while IFS= read -r line; do  # characters, where awk may count bytes
  [[ ${#line} -le 80 || $line == '      '[!\ ]* ]] || give_up "help within 80 columns (examples apart), not: $line"
done <help.txt
[[ $("$tool" --bogus-option -h 2>&1) == "$(<help.txt)" ]] || give_up "-h to win over anything else"

# --version is one line.
[[ $("$tool" --version) =~ ^"$tool"\ [0-9]+\.[0-9]+\.[0-9]+\ \(athanor\)$ ]] || give_up "a version of $tool"

# A wrong command line is exit code 2 and one line.
fails_with 2 "unknown option '--bogus-option'" "$tool" --bogus-option
fails_with 2 "did you mean '--version'?" "$tool" --versoin
fails_with 2 "--quiet takes no value" "$tool" --quiet=1

# What cannot be written is a failure.
exits_with 3 "$tool" --help >/dev/full 2>message.txt
has_text "$tool: standard output: no space left on device" message.txt

# A missing input is a failure: the usage line tells what has to be given beside it.
read -r -a usage < <(grep '^Usage: ' help.txt)
arguments=()
for ((i = 3; i < ${#usage[@]}; ++i)); do
  case ${usage[i]} in
    -*) arguments+=("${usage[i]}" "new-${i}.safetensors") && i=$((i + 1)) ;;
    *) arguments+=(no-such-file.safetensors) ;;
  esac
done
if [[ " ${arguments[*]-} " == *no-such-file* ]]; then
  fails_with 3 "no-such-file.safetensors" "$tool" "${arguments[@]}"
fi

# What --describe prints is well-formed; programs that are not asked for by the build judge where they are installed.
for form in man markdown bash zsh fish json; do
  succeeds_silently "$tool" --describe="$form" >"page.$form"
  [[ -s page.$form && $(tail -c 1 "page.$form") == '' ]] || give_up "lines of --describe=$form"
done
fails_with 2 "--describe: must be one of man, markdown, bash, zsh, fish, json, got 'html'" "$tool" --describe=html
if grep -v "made by $tool --describe=" help.txt page.* | grep -qF -e --describe; then
  give_up "--describe to be left out of pages, but for the line that says what made them" "$(grep -e --describe page.*)"
fi
bash -n page.bash
# installed PROGRAM: whether it is; says so if not.
installed() { command -v "$1" >/dev/null || { echo "not checked: $1 is not installed" >&2 && false; }; }
# quietly COMMAND...: success without a word, if the command is installed.
quietly() {
  local said code=0
  installed "$1" || return 0
  said=$("$@" 2>&1 >/dev/null) || code=$?
  [[ $code == 0 && -z $said ]] || give_up "$* to have nothing to say, not: $said"
}
quietly zsh -n page.zsh
quietly fish --no-execute page.fish
quietly man --warnings -E UTF-8 -l page.man
if installed mandoc; then
  said=$(mandoc -Tlint -W warning page.man || true)
  [[ -z $said ]] || give_up "mandoc to have nothing to say, not: $said"
fi
quietly python3 -m json.tool page.json
