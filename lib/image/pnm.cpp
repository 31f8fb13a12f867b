#include "image/pnm.h"

#include <algorithm>
#include <charconv>

#include "core/check.h"

namespace athanor::image {
namespace {

using Bytes = std::span<const std::byte>;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words and numbers between blanks and comments.
class Scanner {
 public:
  explicit Scanner(Bytes bytes) : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}
  std::string_view rest() const { return text_.substr(at_); }
  void skip_blanks() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '#'))
      at_ = text_[at_] == '#' ? std::min(text_.find('\n', at_), text_.size()) : at_ + 1;
  }
  /// A number up to 2^31; the byte after it is left.
  int64_t number() {
    skip_blanks();
    int64_t value = 0;
    const size_t first = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      value = value * 10 + (text_[at_] - '0');
      require(value <= (int64_t{1} << 31), "PNM image has a number that is too large");
    }
    require(at_ > first || at_ < text_.size(), "PNM image ends early");
    require(at_ > first && (at_ == text_.size() || is_blank(text_[at_]) || text_[at_] == '#'),
            "PNM image is damaged: expected a number at byte {}", first);
    return value;
  }
  /// One bit of a plain PBM, where digits need no blanks between them.
  int64_t bit() {
    skip_blanks();
    require(at_ < text_.size(), "PNM image ends early");
    require(text_[at_] == '0' || text_[at_] == '1', "PNM image is damaged: expected 0 or 1 at byte {}", at_);
    return text_[at_++] - '0';
  }
  /// The single blank between a header and raw samples.
  void one_blank() {
    require(at_ < text_.size(), "PNM image ends early");
    require(is_blank(text_[at_]), "PNM image is damaged: its header does not end in a blank");
    ++at_;
  }
  /// The next line without its end.
  std::string_view line() {
    const size_t end = text_.find('\n', at_);
    require(end != std::string_view::npos, "PNM image ends early");
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }
  void skip(size_t n) { at_ += n; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

struct Header {
  int64_t width = 0, height = 0, channels = 1, max = 1;
  bool plain = false, bits = false;
};

int64_t whole(std::string_view word) {
  int64_t value = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  require(error == std::errc() && end == word.data() + word.size() && value >= 0 && value <= (int64_t{1} << 31),
          "PAM image has a header with '{}' where a number should be", word);
  return value;
}

/// The lines of a PAM's header: WIDTH 5.
Header read_pam(Scanner& scan) {
  Header header{.width = -1, .height = -1, .channels = -1, .max = -1};
  for (std::string_view line = scan.line(); line != "ENDHDR"; line = scan.line()) {
    if (line.empty() || line[0] == '#') continue;
    const size_t blank_at = std::min(line.find(' '), line.size());
    const std::string_view key = line.substr(0, blank_at);
    if (key == "TUPLTYPE") continue;  // what the channels mean follows from their number
    int64_t* const value = key == "WIDTH"    ? &header.width
                           : key == "HEIGHT" ? &header.height
                           : key == "DEPTH"  ? &header.channels
                           : key == "MAXVAL" ? &header.max
                                             : nullptr;
    require(value != nullptr && *value < 0, "PAM image has an unexpected line '{}' in its header", key.substr(0, 40));
    *value = whole(line.substr(std::min(blank_at + 1, line.size())));
  }
  require(header.width >= 0 && header.height >= 0 && header.channels >= 0 && header.max >= 0,
          "PAM image has an incomplete header");
  require(header.channels >= 1 && header.channels <= 4, "PAM image has {} channels; expected 1 to 4", header.channels);
  return header;
}

Header read_header(Scanner& scan) {
  const char kind = scan.rest()[1];
  scan.skip(2);
  if (kind == '7') {
    scan.line();
    return read_pam(scan);
  }
  Header header;
  header.bits = kind == '1' || kind == '4';
  header.plain = kind <= '3';
  header.channels = kind == '3' || kind == '6' ? 3 : 1;
  header.width = scan.number();
  header.height = scan.number();
  if (!header.bits) header.max = scan.number();
  if (!header.plain) scan.one_blank();
  return header;
}

/// Bits of a raw PBM: rows begin at a byte, 1 is black.
void read_bits(std::string_view data, Bitmap& bitmap) {
  const int64_t row_bytes = (bitmap.width + 7) / 8;
  for (int64_t y = 0; y < bitmap.height; ++y)
    for (int64_t x = 0; x < bitmap.width; ++x)
      *bitmap.at(y, x) = (data[y * row_bytes + x / 8] >> (7 - x % 8) & 1) != 0 ? 0 : 255;
}

/// Scales a sample and stores it.
class Filler {
 public:
  Filler(Bitmap& bitmap, int64_t max) : bitmap_(bitmap), max_(max) {}
  void operator()(int64_t i, int64_t value) {
    require(value <= max_, "PNM image holds the sample {}, beyond its maximum {}", value, max_);
    bitmap_.set(i, uint16_t((value * bitmap_.max() * 2 + max_) / (2 * max_)));
  }

 private:
  Bitmap& bitmap_;
  int64_t max_;
};

void read_plain(Scanner& scan, const Header& header, Bitmap& bitmap) {
  Filler fill(bitmap, header.max);
  for (int64_t i = 0; i < bitmap.count(); ++i) fill(i, header.bits ? 1 - scan.bit() : scan.number());
  scan.skip_blanks();
  require(scan.rest().empty(), "PNM image is followed by {} bytes that do not belong to it", scan.rest().size());
}

void read_raw(std::string_view data, const Header& header, Bitmap& bitmap) {
  if (header.bits) return read_bits(data, bitmap);
  Filler fill(bitmap, header.max);
  const auto byte = [&](int64_t i) { return int64_t(static_cast<unsigned char>(data[i])); };
  for (int64_t i = 0; i < bitmap.count(); ++i)
    fill(i, bitmap.depth == 8 ? byte(i) : byte(2 * i) << 8 | byte(2 * i + 1));
}

/// Bytes that the samples take: at least as many when they are written in digits.
uint64_t bytes_of(const Header& header) {
  const uint64_t width = uint64_t(header.width), height = uint64_t(header.height);
  if (header.bits) return header.plain ? width * height : (width + 7) / 8 * height;
  return width * height * uint64_t(header.channels) * (header.max > 255 && !header.plain ? 2 : 1);
}

}  // namespace

bool looks_like_pnm(Bytes bytes) {
  if (bytes.size() < 3 || char(bytes[0]) != 'P') return false;
  const char kind = char(bytes[1]), after = char(bytes[2]);
  if (kind == '7') return after == '\n';
  return kind >= '1' && kind <= '6' && (is_blank(after) || after == '#');
}

Bitmap decode_pnm(Bytes bytes) {
  Scanner scan(bytes);
  const Header header = read_header(scan);
  require(header.max >= 1 && header.max <= 65535, "PNM image has the maximum {}; expected 1 to 65535", header.max);
  // Sides up to 2^31 each: their product, times eight bytes, stays below 2^64 only when one of them is small.
  require(header.width == 0 || header.height <= (int64_t{1} << 31) / header.width, "PNM image is too large");
  require(bytes_of(header) <= scan.rest().size(), "PNM image ends early");
  Bitmap bitmap = blank("PNM", header.height, header.width, header.channels, header.max > 255 ? 16 : 8);
  if (header.plain) {
    read_plain(scan, header, bitmap);
  } else {
    const uint64_t left = scan.rest().size() - bytes_of(header);
    require(left == 0, "PNM image is followed by {} bytes that do not belong to it", left);
    read_raw(scan.rest(), header, bitmap);
  }
  return bitmap;
}

std::vector<std::byte> encode_pnm(const Bitmap& bitmap) {
  require(!bitmap.has_alpha(), "PNM holds no alpha channel; write PNG, WebP or TIFF");
  const std::string header =
      fmt::format("P{}\n{} {}\n{}\n", bitmap.channels == 1 ? 5 : 6, bitmap.width, bitmap.height, bitmap.max());
  const Bytes head = std::as_bytes(std::span(header));
  std::vector<std::byte> out(head.begin(), head.end());
  for (int64_t i = 0; i < bitmap.count(); ++i) {
    const uint16_t value = bitmap.get(i);
    if (bitmap.depth == 16) out.push_back(std::byte(value >> 8));
    out.push_back(std::byte(value & 0xff));
  }
  return out;
}

}  // namespace athanor::image
