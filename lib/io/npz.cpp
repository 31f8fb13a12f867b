#include "io/npz.h"

#include "io/npy.h"

namespace athanor::io {

TensorFile open_npz(const Input& archive, const ZipDirectory& directory) {
  TensorFile file;
  constexpr std::string_view kSuffix = ".npy";
  for (const ZipEntry& entry : directory.entries) {
    require(entry.name.ends_with(kSuffix),
            "zip entry {}: is no .npy array, and neither does the archive hold a PyTorch file", in_quotes(entry.name));
    Input input = open_entry(archive, entry);
    in_context("zip entry " + in_quotes(entry.name), [&] {
      Layout array = read_npy_header(input);
      require(entry.size - array.header_bytes == array.payload_bytes(),
              "{} bytes are promised after the header, {} follow", array.payload_bytes(),
              entry.size - array.header_bytes);
      TensorInfo& tensor = array.tensors.front();
      tensor.name = entry.name.substr(0, entry.name.size() - kSuffix.size());
      file.places.push_back({.source = file.sources.size(),
                             .offset = array.header_bytes,
                             .strides = array.fortran_order ? fortran_strides(tensor.shape) : std::vector<int64_t>{},
                             .big_endian = array.big_endian});
      file.layout.tensors.push_back(std::move(tensor));
    });
    // A compressed entry is begun anew: thousands of begun ones would hold a buffer each.
    file.sources.push_back({.input = entry.deflated ? open_entry(archive, entry) : std::move(input)});
    if (entry.deflated)
      file.sources.back().reopen = [whole = std::make_shared<Input>(archive.part(0, archive.mapped().size())), entry] {
        return open_entry(*whole, entry);
      };
  }
  file.layout.format = "npz";
  return file;
}

}  // namespace athanor::io
