// The index of a checkpoint in several files: read alone and written again, and beside the files a.safetensors and
// b.npy.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/laws.h"
#include "io/output.h"
#include "io/shards.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"

namespace athanor::fuzz {
namespace {

/// A folder with the two files, that goes with the program.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "athanor-fuzz-XXXXXX").string();
    must(::mkdtemp(name.data()) != nullptr, "a folder is made");
    path = name;
    write("a.safetensors", "safetensors", {"x", "y"});
    write("b.npy", "npy", {"arr_0"});
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const char* file, const char* format, const std::vector<std::string>& names) const {
    std::vector<io::TensorInfo> tensors;
    for (const std::string& name : names) tensors.push_back({.name = name, .dtype = DType::u8, .shape = {2}});
    io::TensorWriter writer({path / file}, io::Existing::replace, format, std::move(tensors));
    for (const io::TensorInfo& tensor : writer.layout().tensors) writer.write(tensor.name, bytes_of("ab"));
    writer.finish();
  }
  std::filesystem::path path;
};

}  // namespace

void run(Bytes bytes) {
  static const Folder folder;
  const auto index = accepted([&] {
    io::Input input = io::Input::memory(bytes, "index");
    return io::read_index(input);
  });
  if (!index) return;
  const std::vector<std::byte> written = bytes_of(io::make_index(index->weight_map, 4));
  io::Input input = io::Input::memory(written, "index");
  must(io::read_index(input).weight_map == index->weight_map, "an index that is written is read again");
  const std::string path = folder.path / "index.json";
  io::write_file(path, text_of(bytes));
  accepted([&] {
    io::TensorReader reader = io::TensorReader::open({path});
    for (const io::TensorInfo& tensor : reader.layout().tensors)
      must(reader.read(tensor).size() == 2, "a tensor is read");
    must(reader.layout().tensors.size() == index->weight_map.size(), "the index names each tensor");
    return true;
  });
}

}  // namespace athanor::fuzz
