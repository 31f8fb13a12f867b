# LibTorch::LibTorch: Debian's, or the one that CMAKE_PREFIX_PATH names, an unpacked libtorch or a Python wheel's (what
# torch.utils.cmake_prefix_path says). LibTorch's own package is not asked: beside a second LibTorch it mixes the two,
# and for cards it wants nvcc, NCCL and an architecture, which only compiling kernels takes.
set(_roots ${CMAKE_PREFIX_PATH} $ENV{CMAKE_PREFIX_PATH})
list(TRANSFORM _roots REPLACE "/share/cmake/?$" "")
find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h HINTS ${_roots} PATH_SUFFIXES include)
foreach(_name torch torch_cpu c10)
  find_library(LibTorch_${_name} ${_name} HINTS ${LibTorch_INCLUDE_DIR}/../lib)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch DEFAULT_MSG LibTorch_torch LibTorch_torch_cpu LibTorch_c10 LibTorch_INCLUDE_DIR)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  set(_include ${LibTorch_INCLUDE_DIR})
  if(NOT _include IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    # A wheel's folder also holds headers of {fmt}, oneDNN and others, which must not hide the system's.
    set(_include ${CMAKE_BINARY_DIR}/libtorch)
    file(MAKE_DIRECTORY ${_include})
    foreach(_folder ATen c10 caffe2 gloo torch)
      file(CREATE_LINK ${LibTorch_INCLUDE_DIR}/${_folder} ${_include}/${_folder} SYMBOLIC)
    endforeach()
  endif()
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch INTERFACE ${_include} ${_include}/torch/csrc/api/include)
  # libtorch.so holds nothing; loading it loads the backends that it was built with, and so makes cards known.
  target_link_libraries(LibTorch::LibTorch INTERFACE
    -Wl,--push-state,--no-as-needed,${LibTorch_torch},--pop-state ${LibTorch_torch_cpu} ${LibTorch_c10})
endif()
