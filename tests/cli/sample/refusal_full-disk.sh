# A full disk and a closed standard output are failures that are said.
exits_with 3 sample -n 2 --steps 1 >/dev/full 2>message.txt
has_text "sample: standard output: no space left on device" message.txt
exits_with 3 sample -n 2 --steps 1 >&- 2>message.txt
has_text "sample: standard output: " message.txt
