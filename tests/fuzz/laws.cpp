#include "fuzz/laws.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "io/output.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "io/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  athanor::fuzz::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}

namespace athanor::fuzz {
namespace {

constexpr int kPipeBytes = 1 << 20;
constexpr size_t kPartBytes = 1 << 16;

struct Tensor {
  io::TensorInfo info;
  std::vector<std::byte> bytes;
};
/// A file's tensors by their names, and its metadata.
struct Content {
  std::map<std::string, Tensor> tensors;
  io::Metadata metadata;
};

/// Room for the tensors in a pipe, with what a format puts around them.
bool is_small(const io::Layout& layout) {
  uint64_t text = 0;
  for (const auto& [key, value] : layout.metadata) text += 6 * (key.size() + value.size());
  for (const io::TensorInfo& tensor : layout.tensors) text += 512 + 8 * tensor.name.size();
  return layout.payload_bytes() + text < kPipeBytes / 2;
}

/// Reads each tensor; where going back is possible also from the last to the first, and as it lies in memory. A stream
/// is read to its end whatever it promises.
Content read_all(io::Input input) {
  io::TensorReader reader(std::move(input));
  const io::Layout& layout = reader.layout();
  Content content{.tensors = {}, .metadata = layout.metadata};
  if (reader.random_access() && !is_small(layout)) return content;
  for (const io::TensorInfo& tensor : layout.tensors)
    content.tensors[tensor.name] = {.info = tensor, .bytes = reader.read(tensor)};
  reader.finish();
  must(content.tensors.size() == layout.tensors.size(), "names are there once");
  for (size_t i = layout.tensors.size(); reader.random_access() && i-- > 0;) {
    const io::TensorInfo& tensor = layout.tensors[i];
    const std::vector<std::byte>& bytes = content.tensors[tensor.name].bytes;
    must(bytes.size() == tensor.bytes(), "a tensor has the bytes that its shape says");
    must(reader.read(tensor) == bytes, "a tensor is read backwards as forwards");
    must(std::ranges::equal(reader.map(tensor), bytes), "a tensor lies in memory as it is read");
  }
  return content;
}

void check_same(const Content& read, const Content& again) {
  must(read.tensors.size() == again.tensors.size(), "no tensor is lost");
  for (const auto& [name, tensor] : read.tensors) {
    const auto found = again.tensors.find(name);
    must(found != again.tensors.end(), "a tensor keeps its name");
    must(found->second.info.dtype == tensor.info.dtype, "a tensor keeps its type");
    must(found->second.info.shape == tensor.info.shape, "a tensor keeps its shape");
    must(found->second.bytes == tensor.bytes, "a tensor keeps its bytes");
  }
  for (const auto& [key, text] : read.metadata) {
    const auto found = again.metadata.find(key);
    must(found != again.metadata.end() && (found->second == text || key == "format"), "metadata are kept");
  }
}

void check_written(const Content& content, std::string_view format) {
  HeldPipe pipe;
  const auto written = accepted([&] {
    std::vector<io::TensorInfo> tensors;
    for (const auto& [name, tensor] : content.tensors) tensors.push_back(tensor.info);
    io::TensorWriter writer({pipe.writing()}, io::Existing::replace, format, std::move(tensors), content.metadata);
    for (const io::TensorInfo& tensor : writer.layout().tensors)
      writer.write(tensor.name, content.tensors.at(tensor.name).bytes);
    writer.finish();
    return true;
  });
  if (!written) return;
  const Content again = read_all(pipe.input());
  if (format != "npy") return check_same(content, again);
  must(again.tensors.size() == 1 && again.tensors.begin()->second.bytes == content.tensors.begin()->second.bytes,
       "an array keeps its bytes");
}

}  // namespace

void must(bool holds, std::string_view law) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", int(law.size()), law.data());
  std::abort();
}

HeldPipe::HeldPipe() {
  std::signal(SIGPIPE, SIG_IGN);
  must(::pipe2(ends_, O_CLOEXEC) == 0 && ::fcntl(ends_[1], F_SETPIPE_SZ, kPipeBytes) >= kPipeBytes, "a pipe is made");
}

HeldPipe::HeldPipe(Bytes bytes) : HeldPipe() {
  must(bytes.size() <= size_t(kPipeBytes), "the bytes fit into a pipe");
  must(::write(ends_[1], bytes.data(), bytes.size()) == ssize_t(bytes.size()), "a pipe is filled");
  end_writing();
}

HeldPipe::~HeldPipe() {
  end_writing();
  if (ends_[0] >= 0) ::close(ends_[0]);
}

void HeldPipe::end_writing() {
  if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
}

std::string HeldPipe::writing() const { return "/dev/fd/" + std::to_string(ends_[1]); }

std::string HeldPipe::reading() {
  end_writing();
  return "/dev/fd/" + std::to_string(ends_[0]);
}

io::Input HeldPipe::input() {
  end_writing();
  return io::Input::adopt(std::exchange(ends_[0], -1), "pipe");
}

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::vector<std::byte> bytes_of(std::string_view text) {
  const Bytes bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> zip_of(std::initializer_list<std::pair<std::string_view, Bytes>> entries) {
  HeldPipe pipe;
  {
    io::Output output = io::Output::open({pipe.writing()}, io::Existing::replace);
    io::ZipWriter zip(output);
    for (const auto& [name, bytes] : entries) {
      zip.begin(name, bytes.size());
      zip.write(bytes);
    }
    zip.finish("");
  }
  io::Input input = pipe.input();
  std::vector<std::byte> archive;
  while (!input.peek(1).empty()) {
    const Bytes part = input.peek(kPartBytes);
    archive.insert(archive.end(), part.begin(), part.end());
    input.skip(part.size());
  }
  return archive;
}

void check_tensors(Bytes bytes) {
  const auto whole = accepted([&] { return read_all(io::Input::memory(bytes, "memory")); });
  const auto streamed = accepted([&] { return read_all(HeldPipe(bytes).input()); });
  must(whole.has_value() == streamed.has_value(), "a pipe is refused where a file is");
  if (!whole) return;
  check_same(*whole, *streamed);
  for (const std::string_view format : io::kTensorFormats) check_written(*whole, format);
}

void check_image(Bytes bytes) {
  const auto image = accepted([&] { return image::decode(bytes); });
  if (!image) return;
  must(image->height > 0 && image->width > 0 && image->channels >= 1 && image->channels <= 4, "an image has pixels");
  must(int64_t(image->samples.size()) == image->height * image->width * image->pixel_bytes(), "each has its samples");
  if (image->samples.size() > 1 << 16) return;
  const image::Bitmap again = image::decode(image::encode(*image, "png"));
  must(again.height == image->height && again.width == image->width && again.channels == image->channels &&
           again.depth == image->depth && again.samples == image->samples,
       "an image written as PNG is the same");
}

void check_rows(const data::Dataset& rows) {
  must(rows.size() > 0 && element_count(rows.shape()) > 0, "a dataset holds rows");
  if (element_count(rows.shape()) > 1 << 18) return;
  std::vector<float> row(size_t(element_count(rows.shape())));
  for (int64_t i = 0; i < std::min<int64_t>(rows.size(), 64); ++i) {
    if (rows.labelled()) must(rows.label(i) >= 0 && rows.label(i) < rows.classes(), "a label is a class");
    accepted([&] {
      rows.read(i, row);
      return true;
    });
  }
}

}  // namespace athanor::fuzz
