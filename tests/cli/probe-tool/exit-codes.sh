# Each way in which a run ends has its exit code and its one line.
succeeds_silently probe-tool --deed print >out.txt
has_text printed out.txt
exits_with 1 probe-tool --deed no
fails_with 3 'bad\x0adata' probe-tool --deed fail
fails_with 3 'first line' probe-tool --deed throw
fails_with 2 '--count: must be at least 1' probe-tool -n 0
fails_with 2 'standard input can be read once only' probe-tool - -
exits_with 3 probe-tool --deed print >&- 2>said.txt
has_text 'standard output: bad file descriptor' said.txt
