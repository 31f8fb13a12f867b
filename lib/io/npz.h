// NumPy's .npz: a zip archive of .npy files.
//
// Source: NumPy's documentation of savez and savez_compressed.
// Differs: names that do not end in .npy are refused, where NumPy hands out their bytes.
#pragma once

#include "io/tensor_file.h"
#include "io/zip.h"

namespace athanor::io {

/// Opens the arrays of an archive, stored or deflated, under their names without ".npy". Throws Error{data}.
TensorFile open_npz(const Input& archive, const ZipDirectory& directory);

}  // namespace athanor::io
