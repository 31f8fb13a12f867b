# The same work gives the same bytes wherever it is written and wherever its inputs lie; --hash-inputs records what sha256sum says.
echo data >a
probe-tool -n 2 a >one
probe-tool --count=2 -o two -q a
cmp one two
has_text '"arguments":["-n","2","a"]' one
has_text '"program":"probe-tool"' one
probe-tool --hash-inputs a >three
has_text "$(sha256sum a | cut -d' ' -f1)" three
[[ $(probe-tool --no-history a) == data ]] || give_up "no history under --no-history"
mkdir folder
cp a folder
probe-tool -n 2 ./folder/a >four
cmp one four
