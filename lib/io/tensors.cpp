#include "io/tensors.h"

#include <algorithm>
#include <cstring>

#include "io/idx.h"
#include "io/npy.h"
#include "io/safetensors.h"

namespace athanor::io {
namespace {

Layout read_header(Input& input) {
  const std::span<const std::byte> head = input.peek(16);
  require(!head.empty(), "the input is empty (expected safetensors, .npy or IDX)");
  if (looks_like_npy(head)) return read_npy_header(input);
  // Eight bytes can begin either format; only more of them make it safetensors rather than IDX.
  if (head.size() > 8 && looks_like_safetensors(head)) return read_safetensors_header(input);
  if (looks_like_idx(head)) return read_idx_header(input);
  if (looks_like_safetensors(head)) return read_safetensors_header(input);
  fail(ErrorKind::data, "not a tensor file (expected safetensors, .npy or IDX)");
}

/// Puts the input's name in front of whatever `body` throws.
template <class Body>
auto named(const Input& input, Body body) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.in(input.name());
  }
}

void swap_bytes(DType dtype, std::span<std::byte> bytes) {
  const size_t size = size_of(dtype);
  for (size_t i = 0; i + size <= bytes.size(); i += size) std::ranges::reverse(bytes.subspan(i, size));
}

/// The stream ended `received` bytes into its payload: says which tensor is short and by how much.
[[noreturn]] void fail_short(const Layout& layout, uint64_t received) {
  const auto holds_end = [&](const TensorInfo& t) { return received < t.offset + t.bytes(); };
  const TensorInfo& tensor = *std::ranges::find_if(layout.tensors, holds_end);
  const uint64_t got = received - tensor.offset;
  if (tensor.shape.empty())
    fail(ErrorKind::data, "input ends early: expected {} bytes of {}, got {}", tensor.bytes(), in_quotes(tensor.name),
         got);
  const uint64_t rows = uint64_t(tensor.shape[0]);
  fail(ErrorKind::data, "input ends early: expected {} rows of {}, got {}", rows, in_quotes(tensor.name),
       got / (tensor.bytes() / rows));
}

/// Moves a stream forward to a byte of the payload.
void go_to(Input& input, const Layout& layout, uint64_t start, uint64_t offset) {
  const uint64_t here = input.position() - start;
  const uint64_t skipped = input.skip(offset - here);
  if (here + skipped < offset) fail_short(layout, here + skipped);
}

}  // namespace

TensorReader::TensorReader(Input input) : input_(std::move(input)) {
  named(input_, [&] {
    const uint64_t begin = input_.position();
    layout_ = read_header(input_);
    payload_ = begin + layout_.header_bytes;
  });
}

void TensorReader::read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> out) {
  named(input_, [&] {
    const uint64_t size = tensor.bytes(), element = size_of(tensor.dtype);
    require(offset <= size && out.size() <= size - offset, "bytes {} to {} lie outside of tensor {}", offset,
            offset + out.size(), in_quotes(tensor.name));
    require(!layout_.big_endian || (offset % element == 0 && out.size() % element == 0),
            "tensor {} is read by whole elements only", in_quotes(tensor.name));
    if (out.empty()) return;
    const uint64_t first = tensor.offset + offset;
    if (random_access()) {
      std::memcpy(out.data(), input_.mapped().data() + payload_ + first, out.size());
    } else {
      require(input_.position() <= payload_ + first, "tensor {} has passed: a stream is read forward only",
              in_quotes(tensor.name));
      go_to(input_, layout_, payload_, first);
      const size_t got = input_.read_full(out);
      if (got < out.size()) fail_short(layout_, first + got);
    }
    if (layout_.big_endian) swap_bytes(tensor.dtype, out);
  });
}

std::vector<std::byte> TensorReader::read(const TensorInfo& tensor) {
  std::vector<std::byte> bytes;
  if (random_access()) {  // the file holds them: its size was checked
    bytes.resize(tensor.bytes());
    read(tensor, 0, bytes);
    return bytes;
  }
  // A stream may promise more than it has, so memory grows with what arrives.
  constexpr uint64_t step = 16 << 20;
  while (bytes.size() < tensor.bytes()) {
    const size_t have = bytes.size();
    bytes.resize(have + std::min(tensor.bytes() - have, std::max<uint64_t>(step, have)));
    read(tensor, have, std::span(bytes).subspan(have));
  }
  return bytes;
}

void TensorReader::finish() {
  if (random_access()) return;
  named(input_, [&] {
    go_to(input_, layout_, payload_, layout_.payload_bytes());
    require(input_.peek(1).empty(), "bytes follow the last tensor");
  });
}

TensorWriter::TensorWriter(const Sink& sink, Existing existing, std::string_view format,
                           std::vector<TensorInfo> tensors, Metadata metadata)
    : layout_{.format = std::string(format), .tensors = std::move(tensors), .metadata = std::move(metadata)},
      output_(Output::open(sink, existing)) {
  std::string header;
  if (format == "npy") {
    if (layout_.tensors.size() != 1)
      fail(ErrorKind::usage, "{}: .npy holds one tensor, not {}: write safetensors instead", sink.name(),
           layout_.tensors.size());
    TensorInfo& array = layout_.tensors[0];
    array.offset = 0;
    byte_count(array.dtype, array.shape);
    header = make_npy_header(array.dtype, array.shape);
    layout_.metadata.clear();
    layout_.header_bytes = header.size();
    layout_.header_sha256 = sha256(std::as_bytes(std::span(header)));
  } else if (format == "safetensors") {
    header = make_safetensors_header(layout_);
  } else {
    fail(ErrorKind::usage, "tensors are written as safetensors or npy, not '{}'", format);
  }
  output_.write(header);
}

void TensorWriter::write(std::string_view tensor, std::span<const std::byte> bytes) {
  const auto complete = [&] {
    return current_ < layout_.tensors.size() && written_ == layout_.tensors[current_].bytes();
  };
  while (complete() && layout_.tensors[current_].name != tensor) {
    ++current_;
    written_ = 0;
  }
  require(current_ < layout_.tensors.size() && layout_.tensors[current_].name == tensor,
          "{}: the bytes of {} come out of order", output_.name(), in_quotes(tensor));
  require(bytes.size() <= layout_.tensors[current_].bytes() - written_, "{}: too many bytes for {}", output_.name(),
          in_quotes(tensor));
  output_.write(bytes);
  written_ += bytes.size();
}

void TensorWriter::finish() {
  for (; current_ < layout_.tensors.size(); ++current_) {
    const TensorInfo& t = layout_.tensors[current_];
    require(written_ == t.bytes(), "{}: {} has {} of its {} bytes", output_.name(), in_quotes(t.name), written_,
            t.bytes());
    written_ = 0;
  }
  output_.finish();
}

std::string tensor_format_of(const Sink& sink) {
  return !sink.standard() && std::filesystem::path(sink.path).extension() == ".npy" ? "npy" : "safetensors";
}

}  // namespace athanor::io
