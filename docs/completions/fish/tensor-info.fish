# fish completion of tensor-info, made by tensor-info --describe=fish
complete -c tensor-info -l stats -d 'read all numbers too: their root mean square, least and largest, zeros, NaN and infinities'
complete -c tensor-info -l json -d 'print one JSON object a file, each on a line of its own'
complete -c tensor-info -s q -l quiet -d 'no progress and no remarks, only errors'
complete -c tensor-info -s v -l verbose -d 'say more on standard error'
complete -c tensor-info -s h -l help -d 'print this page'
complete -c tensor-info -l version -d 'print the version'
