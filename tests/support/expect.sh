# shellcheck shell=bash
# Expectations of test scripts. Each prints what it met instead, and ends the script with 1.

unset BASH_ENV  # loaded once: programs under test start as they do for everyone

give_up() {
  printf 'expected %s\n' "$@" >&2
  exit 1
}

# succeeds_silently COMMAND...: exit 0 and not a word on standard error. Standard output is passed on.
succeeds_silently() {
  local said code=0
  said=$(mktemp)
  "$@" 2>"$said" || code=$?
  if [[ $code != 0 || -s $said ]]; then
    cat "$said" >&2
    rm -f "$said"
    give_up "silent success of: $*" "but the exit code was $code"
  fi
  rm -f "$said"
}

# fails_with CODE TEXT COMMAND...: this exit code, one line on standard error that begins with the program's name and
# contains the text, and no new file in this folder.
fails_with() {
  local wanted=$1 text=$2 code=0 said before
  shift 2
  before=$(find . | sort)
  said=$("$@" 2>&1 >/dev/null) || code=$?
  [[ $code == "$wanted" ]] || give_up "exit code $wanted, not $code, of: $*" "it said: $said"
  [[ -n $said && $said != *$'\n'* ]] || give_up "one line on standard error, not: $said"
  [[ $said == "$(basename "$1"): "* ]] || give_up "the line to begin with '$(basename "$1"): ', not: $said"
  [[ $said == *"$text"* ]] || give_up "the text '$text' in: $said"
  [[ $(find . | sort) == "$before" ]] || give_up "no new files, but: $(diff <(echo "$before") <(find . | sort) || true)"
}

# exits_with CODE COMMAND...: this exit code, whatever it prints.
exits_with() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [[ $code == "$wanted" ]] || give_up "exit code $wanted, not $code, of: $*"
}

# has_text TEXT FILE: the file contains the text.
has_text() {
  grep -qF -- "$1" "$2" || give_up "the text '$1' in $2:" "$(head -c 2000 "$2")"
}
