# An installed tree can be moved, and another project finds athanor::diffusion in it without LibTorch and image libraries.
cmake --install "$ATHANOR_BUILD" --prefix "$PWD/first" >/dev/null
mv first moved

for program in moved/bin/*; do
  "$program" --version | grep -qx "$(basename "$program") [0-9.]* (athanor)" || give_up "a version of $program"
  for page in "man/man1/${program##*/}.1.gz" "bash-completion/completions/${program##*/}" \
    "fish/vendor_completions.d/${program##*/}.fish"; do
    [[ -s moved/share/$page ]] || give_up "share/$page to be installed"
  done
done

hidden=()
for package in LibTorch OpenCV PNG JPEG TIFF LibArchive CLI11; do hidden+=(-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON); done
cmake -S "$ATHANOR_EXAMPLE" -B build -DCMAKE_PREFIX_PATH="$PWD/moved" "${hidden[@]}" >log || give_up "to configure: $(cat log)"
cmake --build build >log || give_up "to build: $(cat log)"
build/example >log || give_up "the mixture's mean: $(cat log)"

# What is not there is refused: a module of another name, a version that is yet to come.
for wrong in 's/diffusion/alchemy/' 's/0\.1 REQUIRED/9.0 REQUIRED/'; do
  mkdir wrong
  sed "$wrong" "$ATHANOR_EXAMPLE/CMakeLists.txt" >wrong/CMakeLists.txt
  ! cmake -S wrong -B wrong/build -DCMAKE_PREFIX_PATH="$PWD/moved" >log 2>&1 || give_up "a refusal of $wrong"
  has_text 'package configuration file' log
  rm -r wrong
done
