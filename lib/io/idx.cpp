#include "io/idx.h"

namespace athanor::io {
namespace {

std::optional<DType> type_of(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08: return DType::u8;
    case 0x09: return DType::i8;
    case 0x0b: return DType::i16;
    case 0x0c: return DType::i32;
    case 0x0d: return DType::f32;
    case 0x0e: return DType::f64;
    default: return std::nullopt;
  }
}

}  // namespace

bool looks_like_idx(std::span<const std::byte> head) {
  return head.size() >= 4 && head[0] == std::byte{0} && head[1] == std::byte{0} && type_of(head[2]) &&
         head[3] != std::byte{0};
}

Layout read_idx_header(Input& input) {
  const uint64_t start = input.position();
  std::vector<std::byte> head(4);
  const size_t got = input.read_full(head);
  require(got == 4, "input ends early: {} bytes are too few for an IDX file", got);
  require(looks_like_idx(head), "not an IDX file: it does not begin with two zero bytes, a type and a number of axes");
  const size_t axes = std::to_integer<size_t>(head[3]);
  head.resize(4 + 4 * axes);
  require(input.read_full(std::span(head).subspan(4)) == 4 * axes,
          "input ends early: the IDX header promises {} axes and is cut short", axes);
  TensorInfo array{.name = "arr_0", .dtype = *type_of(head[2]), .shape = {}};
  for (size_t a = 0; a < axes; ++a) {
    int64_t size = 0;
    for (size_t b = 0; b < 4; ++b) size = size << 8 | std::to_integer<int64_t>(head[4 + 4 * a + b]);
    array.shape.push_back(size);
  }
  Layout layout{.format = "idx",
                .tensors = {std::move(array)},
                .header_bytes = head.size(),
                .big_endian = true,
                .header_sha256 = sha256(head)};
  check_payload(layout, input, start);
  return layout;
}

}  // namespace athanor::io
