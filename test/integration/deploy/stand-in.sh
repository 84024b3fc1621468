# The behaviour of a program that a test has put on the path: it records its calls, and behaves as
# specified. In sh, because that starts in 2 ms, and a deployment calls a dozen programs.
#
# harness.ts writes the program itself, which sets $program, the name, and $calls, the file that
# takes the calls; defines find_answer; and runs this file. Nothing else is on the path.

# Writes a record: program, event, a detail of it, and the arguments, each followed by a unit
# separator. A record separator is the last field.
note() {
  event=$1 detail=$2
  shift 2
  printf '%s\037' "$program" "$event" "$detail" "$@" "$record_separator" >>"$calls"
}

# Whether the first argument is among the others.
has() {
  wanted=$1
  shift
  for argument; do
    [ "$argument" = "$wanted" ] && return
  done
  return 1
}

# Ends the wait for a signal, unless there is none yet. A child that has only just been forked would
# handle any other signal as this shell does, and so lose it.
wake() {
  [ "$waits" = stubbornly ] || kill -KILL "$sleeping" 2>/dev/null
}

# Notes a signal, and ends the wait for it.
receive() {
  received=$1
  shift
  note "$received" '' "$@"
  wake
}

received='' sleeping=''
trap 'receive SIGINT "$@"' INT
trap 'receive SIGTERM "$@"' TERM

# Typed input is for the question, and not for a program that runs at the same time.
if [ -t 0 ]; then input=terminal; else input=$(/bin/cat); fi
note start "$input" "$@"

code=0 takes=0 waits='' starts_child='' plan='' stdout='' stderr=''
if ! find_answer "$@"; then
  printf 'stand-in: no answer for %s %s\n' "$program" "$*" >&2
  exit 99
fi

printf %s "$stderr" >&2
if [ -n "$starts_child" ]; then
  /bin/sleep 60 >/dev/null 2>&1 &
  note child $! "$@"
fi
if [ "$takes" != 0 ]; then
  /bin/sleep "$takes" >/dev/null 2>&1 &
  sleeping=$!
  [ -z "$received" ] || wake
  # A signal ends one wait.
  while kill -0 "$sleeping"; do wait "$sleeping"; done 2>/dev/null
fi
if [ -n "$waits" ]; then
  echo "Interrupt received. Gracefully shutting down... ($received)"
  /bin/sleep 0.3
  note end '' "$@"
  exit 1
fi
for argument; do
  case $argument in
    -out=*) printf %s "$plan" >"${argument#-out=}" ;;
  esac
done
printf %s "$stdout"
note end '' "$@"
exit "$code"
