#include "io/inflate.h"

#include <algorithm>

#include "core/error.h"

namespace athanor::io {

Inflater::Inflater(int kind, std::span<const std::byte> head, ReadPacked source)
    : kind_(kind), source_(std::move(source)), packed_(128 << 10) {
  std::ranges::copy(head, packed_.begin());
  stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
  stream_.avail_in = uInt(head.size());
  if (inflateInit2(&stream_, kind) != Z_OK) fail(ErrorKind::data, "cannot start unpacking");
}

Inflater::~Inflater() { inflateEnd(&stream_); }

size_t Inflater::read(std::span<std::byte> out) {
  if (out.empty()) return 0;
  stream_.next_out = reinterpret_cast<Bytef*>(out.data());
  const size_t wanted = std::min(out.size(), size_t{1} << 30);
  stream_.avail_out = uInt(wanted);
  while (stream_.avail_out == wanted && !ended_) step();
  return wanted - stream_.avail_out;
}

void Inflater::step() {
  if (stream_.avail_in == 0 && !refill()) {
    if (!between_members_) fail(ErrorKind::data, "input ends early: its {} data are cut short", format());
    ended_ = true;
    return;
  }
  if (between_members_) {
    inflateReset(&stream_);
    between_members_ = false;
  }
  const int code = inflate(&stream_, Z_NO_FLUSH);
  if (code == Z_STREAM_END) {
    between_members_ = true;
    ended_ = kind_ == kRaw;
  } else if (code != Z_OK && code != Z_BUF_ERROR) {
    fail(ErrorKind::data, "damaged {} data ({})", format(), stream_.msg ? stream_.msg : "not a gzip member");
  }
}

bool Inflater::refill() {
  stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
  stream_.avail_in = uInt(source_(packed_));
  return stream_.avail_in != 0;
}

}  // namespace athanor::io
