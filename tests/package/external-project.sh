# An installed tree can be moved, and another project finds athanor::diffusion in it without LibTorch and image libraries.
build=$ATHANOR_BIN/.. example=$ATHANOR_TEST_DATA/../package/example
cmake --install "$build" --prefix "$PWD/first" >/dev/null
mv first moved

for program in moved/bin/*; do
  "$program" --version | grep -qx "$(basename "$program") [0-9.]* (athanor)" || give_up "a version of $program"
  for page in "man/man1/${program##*/}.1.gz" "bash-completion/completions/${program##*/}" \
    "fish/vendor_completions.d/${program##*/}.fish"; do
    [[ -s moved/share/$page ]] || give_up "share/$page to be installed"
  done
done

# Static libraries are not installed.
grep -q '^BUILD_SHARED_LIBS:BOOL=ON' "$build/CMakeCache.txt" || exit 0

# The same compiler with the same flags: sanitizers must be in the program when they are in the libraries.
mapfile -t options < <(sed -n 's/^\(CMAKE_CXX_\(COMPILER\|FLAGS\)\):[A-Z]*=/-D\1=/p' "$build/CMakeCache.txt")
options+=(-DCMAKE_PREFIX_PATH="$PWD/moved" --no-warn-unused-cli)
for package in LibTorch PNG JPEG TIFF LibArchive CLI11; do
  options+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done
cmake -S "$example" -B build "${options[@]}" >log || give_up "to configure: $(cat log)"
cmake --build build >log || give_up "to build: $(cat log)"
build/example >log || give_up "the mixture's mean: $(cat log)"

# What is not there is refused: a module of another name, a version that is yet to come.
for wrong in 's/diffusion/alchemy/' 's/0\.1 REQUIRED/9.0 REQUIRED/'; do
  mkdir wrong
  sed "$wrong" "$example/CMakeLists.txt" >wrong/CMakeLists.txt
  ! cmake -S wrong -B wrong/build "${options[@]}" >log 2>&1 || give_up "a refusal of $wrong"
  has_text '(find_package)' log
  rm -r wrong
done
