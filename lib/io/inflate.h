// Unpacking of deflated bytes as they are read.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace athanor::io {

/// Fills a buffer and returns how many bytes it got; 0 means the end.
using ReadPacked = std::function<size_t(std::span<std::byte>)>;

/// Unpacks gzip of one or more members, or one raw deflate stream. Throws Error{data}: damaged or cut short.
class Inflater {
 public:
  static constexpr int kGzip = 15 + 16, kRaw = -15;  // zlib's window bits
  /// `head`, at most 64 KiB, has been read from the source already.
  Inflater(int kind, std::span<const std::byte> head, ReadPacked source);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();
  /// Unpacks up to out.size() bytes; 0 means the end.
  size_t read(std::span<std::byte> out);

 private:
  const char* format() const { return kind_ == kGzip ? "gzip" : "compressed"; }
  void step();
  bool refill();
  int kind_;
  ReadPacked source_;
  std::vector<std::byte> packed_;
  z_stream stream_{};
  bool between_members_ = false, ended_ = false;
};

}  // namespace athanor::io
