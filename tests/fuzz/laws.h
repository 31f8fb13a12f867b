// What must hold of everything that a parser of untrusted bytes takes or refuses.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "image/bitmap.h"
#include "io/input.h"
#include "io/layout.h"

namespace athanor::fuzz {

using Bytes = std::span<const std::byte>;

/// What a target does with the fuzzer's bytes: each target defines it.
void run(Bytes bytes);

/// Ends the program unless the law holds; the fuzzer keeps the bytes that led here.
void must(bool holds, std::string_view law);

/// What `body` returns, or nothing where the library refuses. Any exception but Error passes, and is a finding.
template <class Body>
auto accepted(Body body) -> std::optional<decltype(body())> {
  try {
    return body();
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// A pipe that holds up to 1 MiB, so that one thread writes it and reads it.
class HeldPipe {
 public:
  HeldPipe();
  /// Filled with these bytes, and closed for writing.
  explicit HeldPipe(Bytes bytes);
  HeldPipe(const HeldPipe&) = delete;
  HeldPipe& operator=(const HeldPipe&) = delete;
  ~HeldPipe();
  /// A path to write to, as often as it is opened; reading ends what can be written.
  std::string writing() const;
  /// A path to read from.
  std::string reading();
  /// What was written, as a stream. Once.
  io::Input input();

 private:
  void end_writing();
  int ends_[2] = {-1, -1};
};

std::string_view text_of(Bytes bytes);
std::vector<std::byte> bytes_of(std::string_view text);
/// A zip archive of stored entries, with the right sizes and checksums.
std::vector<std::byte> zip_of(std::initializer_list<std::pair<std::string_view, Bytes>> entries);

/// A tensor file's bytes: from memory and through a pipe they are read alike, forwards and backwards; what is read and
/// written in any format is read there again.
void check_tensors(Bytes bytes);
/// An image's bytes: its samples are as many as its size says, and written as PNG they are decoded alike.
void check_image(Bytes bytes);
/// Everything that a dataset says of its rows; each of them is read.
void check_rows(const data::Dataset& rows);

}  // namespace athanor::fuzz
