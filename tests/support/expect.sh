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

# needs_gloo FILE: skips the script when a tool said in this file that it was built without Gloo.
needs_gloo() {
  grep -q 'without Gloo' "$1" || return 0
  echo "skipped: the LibTorch of this build came without Gloo's headers" >&2
  exit 77
}

# What follows is for pipelines. Each tool's standard error goes to a file of its own, and the exit codes are kept:
#   codes='0 0 0'
#   one 2>said.1 | two 2>said.2 | three 2>said.3 || codes=${PIPESTATUS[*]}

# ended WANTED CODES: the exit codes of a pipeline.
ended() {
  [[ $2 == "$1" ]] || give_up "the exit codes $1, not $2; it said:" "$(tail -n +1 said.*)"
}

# said FILE [PATTERN]: the file holds this one line; without a pattern: nothing.
said() {
  # shellcheck disable=SC2053  # a pattern
  [[ $(<"$1") == ${2:-} && $(wc -l <"$1") -le 1 ]] || give_up "in $1: ${2:-nothing}" "not: $(<"$1")"
}

# holds FOLDER NAME...: the folder holds these and nothing else, hidden or not.
holds() {
  local found
  found=$(ls -A "$1")
  [[ $(xargs <<<"$found") == "${*:2}" ]] || give_up "in $1: ${*:2}" "not: $found"
}

# as_pid FILE COMMAND...: the command in place of this subshell, whose number goes to the file.
as_pid() {
  echo "$BASHPID" >"$1"
  exec "${@:2}"
}

# until_true COMMAND...: waits for it, for as long as a slow machine may need.
until_true() {
  local i
  for ((i = 0; i < 1200; ++i)); do
    "$@" && return
    sleep 0.05
  done
  give_up "within a minute: $*"
}

# until_lines COUNT FILE PID: waits until the process has written so many lines.
until_lines() {
  until [[ -e $2 && $(wc -l <"$2") -ge $1 ]]; do
    kill -0 "$3" || give_up "a process that still writes $2"
    sleep 0.02
  done
}

# ends_by SIGNAL PID: waits for a process that this signal ends, unless it was done before it came.
ends_by() {
  local code=0
  wait "$2" 2>/dev/null || code=$?
  [[ $code == $((128 + $(kill -l "$1"))) || $code == 0 ]] || give_up "an end by SIG$1, or 0 when all was done, not $code"
}

# has_bytes N FILE...: the one file that there is has N bytes or more.
has_bytes() {
  [[ -e $2 && $(stat -c %s "$2") -ge $1 ]]
}

# with_own_mounts: starts the script again where it may mount file systems, which are gone when it ends.
with_own_mounts() {
  [[ ! -v own_mounts ]] || return 0
  if ! unshare --map-root-user --mount mount -t tmpfs none . 2>/dev/null; then
    echo "skipped: mounting a small disk needs user namespaces (unshare --map-root-user --mount)" >&2
    exit 77
  fi
  own_mounts='' BASH_ENV=${BASH_SOURCE[0]} exec unshare --map-root-user --mount bash -eu -o pipefail "$0"
}

# small_disk FOLDER SIZE: a new folder that is a disk of this size, such as 2m.
small_disk() {
  mkdir "$1"
  mount -t tmpfs -o "size=$2" none "$1"
}
