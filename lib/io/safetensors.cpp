#include "io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "io/little_endian.h"

namespace athanor::io {
namespace {

using nlohmann::json;

constexpr uint64_t kHeaderLimit = 100'000'000;  // the reference's
constexpr size_t kAxesLimit = 64;               // NumPy's and PyTorch's
constexpr size_t kDepthLimit = 16;
constexpr std::string_view kMetadata = "__metadata__";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Builds the layout from the parser's events, so that repeated keys are seen and nothing is kept that has no use.
class HeaderParser final : public nlohmann::json_sax<json> {
 public:
  HeaderParser(Layout& layout, std::optional<uint64_t> payload) : layout_(layout), payload_(payload) {}

  bool null() override { return (place_ == Place::top && name_ == kMetadata) || other_value(); }
  bool boolean(bool) override { return other_value(); }
  bool number_integer(number_integer_t) override { return other_value(); }  // only negative ones come here
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t, const string_t&) override { return other_value(); }
  bool string(string_t& text) override;
  bool binary(binary_t&) override { return other_value(); }
  bool start_object(std::size_t) override;
  bool key(string_t& text) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t at, const std::string&, const json::exception&) override {
    fail(ErrorKind::data, "the header is not valid JSON (at its byte {})", at);
  }

 private:
  enum class Place { document, top, metadata, entry, numbers, extra };
  enum class Field { dtype, shape, offsets, extra };

  bool other_value();
  [[noreturn]] void wrong_type() const;
  bool enter_extra();
  void entry_key(const std::string& text);
  void finish_tensor();
  void check_room(uint64_t begin, uint64_t end);
  template <class... Args>
  void check(bool holds, fmt::format_string<Args...> format, Args&&... args) const {
    if (!holds)
      fail(ErrorKind::data, "tensor {}: {}", in_quotes(name_), fmt::format(format, std::forward<Args>(args)...));
  }

  Layout& layout_;
  std::optional<uint64_t> payload_;
  uint64_t claimed_ = 0;  ///< bytes of all tensors so far
  Place place_ = Place::document;
  Field field_ = Field::extra;
  bool metadata_seen_ = false;
  size_t depth_ = 0;  ///< inside a field that the format does not know
  std::string name_, metadata_key_, dtype_;
  std::vector<uint64_t> shape_, offsets_;
  std::set<std::string> seen_;  ///< fields of this entry
};

void HeaderParser::wrong_type() const {
  switch (place_) {
    case Place::top:
      if (name_ == kMetadata) fail(ErrorKind::data, "{} is not an object of strings", kMetadata);
      fail(ErrorKind::data, "tensor {}: its entry is not an object", in_quotes(name_));
    case Place::metadata: fail(ErrorKind::data, "{}: {} is not a string", kMetadata, in_quotes(metadata_key_));
    case Place::entry:
    case Place::numbers:
      fail(ErrorKind::data, "tensor {}: {}", in_quotes(name_),
           field_ == Field::dtype   ? "dtype is not a string"
           : field_ == Field::shape ? "shape is not a list of whole numbers >= 0"
                                    : "data_offsets is not a pair of whole numbers >= 0");
    default: fail(ErrorKind::data, "the header is not a JSON object");
  }
}

/// A value of a type that no field of the format has.
bool HeaderParser::other_value() {
  if (place_ == Place::extra || (place_ == Place::entry && field_ == Field::extra)) return true;
  wrong_type();
}

bool HeaderParser::number_unsigned(number_unsigned_t value) {
  if (place_ != Place::numbers) return other_value();
  if (field_ == Field::shape) {
    check(shape_.size() < kAxesLimit, "shape has more than {} axes", kAxesLimit);
    shape_.push_back(value);
  } else {
    if (offsets_.size() == 2) wrong_type();
    offsets_.push_back(value);
  }
  return true;
}

bool HeaderParser::string(string_t& text) {
  if (place_ == Place::metadata) {
    const bool fresh = layout_.metadata.emplace(metadata_key_, text).second;
    if (!fresh) fail(ErrorKind::data, "{}: the key {} is there twice", kMetadata, in_quotes(metadata_key_));
    return true;
  }
  if (place_ != Place::entry || field_ != Field::dtype) return other_value();
  dtype_ = text;
  return true;
}

bool HeaderParser::enter_extra() {
  if (place_ != Place::extra && (place_ != Place::entry || field_ != Field::extra)) wrong_type();
  place_ = Place::extra;
  if (++depth_ > kDepthLimit) fail(ErrorKind::data, "tensor {}: its entry is nested too deeply", in_quotes(name_));
  return true;
}

bool HeaderParser::start_object(std::size_t) {
  if (place_ == Place::document) {
    place_ = Place::top;
  } else if (place_ == Place::top && name_ == kMetadata) {
    place_ = Place::metadata;
  } else if (place_ == Place::top) {
    place_ = Place::entry;
    seen_.clear();
  } else {
    return enter_extra();
  }
  return true;
}

bool HeaderParser::start_array(std::size_t) {
  if (place_ != Place::entry || (field_ != Field::shape && field_ != Field::offsets)) return enter_extra();
  (field_ == Field::shape ? shape_ : offsets_).clear();
  place_ = Place::numbers;
  return true;
}

bool HeaderParser::end_array() {
  if (place_ == Place::numbers) {
    if (field_ == Field::offsets && offsets_.size() != 2) wrong_type();
    place_ = Place::entry;
  } else if (--depth_ == 0) {
    place_ = Place::entry;
  }
  return true;
}

bool HeaderParser::key(string_t& text) {
  if (place_ == Place::metadata) {
    metadata_key_ = text;
  } else if (place_ == Place::entry) {
    entry_key(text);
  } else if (place_ == Place::top) {
    name_ = text;
    if (name_ == kMetadata && std::exchange(metadata_seen_, true))
      fail(ErrorKind::data, "{} is there twice", kMetadata);
    check(name_.find('\0') == std::string::npos, "its name holds a NUL character");
  }
  return true;
}

void HeaderParser::entry_key(const std::string& text) {
  check(seen_.insert(text).second, "the field {} is there twice", in_quotes(text));
  field_ = text == "dtype"          ? Field::dtype
           : text == "shape"        ? Field::shape
           : text == "data_offsets" ? Field::offsets
                                    : Field::extra;
}

bool HeaderParser::end_object() {
  if (place_ == Place::extra) {
    if (--depth_ == 0) place_ = Place::entry;
    return true;
  }
  if (place_ == Place::entry) finish_tensor();
  place_ = Place::top;
  return true;
}

void HeaderParser::finish_tensor() {
  for (const char* field : {"dtype", "shape", "data_offsets"}) check(seen_.contains(field), "{} is missing", field);
  const std::optional<DType> dtype = dtype_named(dtype_);
  if (!dtype)
    fail(ErrorKind::data, "tensor {} has the element type {}, which is not supported", in_quotes(name_),
         std::ranges::all_of(dtype_, [](unsigned char c) { return std::isalnum(c) || c == '_'; }) ? dtype_
                                                                                                  : in_quotes(dtype_));
  Shape shape;
  for (const uint64_t size : shape_) {
    check(size <= uint64_t(INT64_MAX), "the shape [{}] overflows", fmt::join(shape_, ","));
    shape.push_back(int64_t(size));
  }
  uint64_t bytes = 0;
  try {
    bytes = byte_count(*dtype, shape);
  } catch (const Error&) {
    check(false, "the shape [{}] overflows", fmt::join(shape_, ","));
  }
  const uint64_t begin = offsets_[0], end = offsets_[1];
  check(begin <= end, "data_offsets [{},{}] run backwards", begin, end);
  check(end - begin == bytes, "data_offsets [{},{}] hold {} bytes, but {} of {} need {}", begin, end, end - begin,
        shape_text(shape), name_of(*dtype), bytes);
  check_room(begin, end);
  layout_.tensors.push_back({.name = name_, .dtype = *dtype, .shape = std::move(shape), .offset = begin});
}

/// Stops at the first tensor that cannot fit, before many are kept: tensors without overlap never claim more bytes than
/// the payload has.
void HeaderParser::check_room(uint64_t begin, uint64_t end) {
  if (payload_ && end > *payload_)
    fail(ErrorKind::data, "input ends early: tensor {} ends at byte {} of the payload, which has {}", in_quotes(name_),
         end, *payload_);
  const bool overflow = __builtin_add_overflow(claimed_, end - begin, &claimed_);
  if (!overflow && (!payload_ || claimed_ <= *payload_)) return;
  check(layout_.find(name_) < 0, "the name is there twice");
  check(false, "its bytes overlap another tensor's");
}

/// Tensors must cover the payload from its start without overlap or hole.
void check_cover(const std::vector<TensorInfo>& tensors) {
  uint64_t end = 0;
  for (const TensorInfo& t : tensors) {
    if (t.offset < end) fail(ErrorKind::data, "tensor {}: its bytes overlap another tensor's", in_quotes(t.name));
    if (t.offset > end)
      fail(ErrorKind::data, "tensor {}: {} bytes before it belong to no tensor", in_quotes(t.name), t.offset - end);
    end += t.bytes();
  }
}

/// The header's text. Memory grows with the bytes that arrive, not with the length that is claimed.
std::vector<std::byte> read_header_bytes(Input& input) {
  std::vector<std::byte> bytes(8);
  const size_t got = input.read_full(bytes);
  require(got != 0, "the input is empty");
  require(got == 8, "input ends early: {} bytes are too few for a safetensors file", got);
  const uint64_t length = from_little_endian(bytes, 8);
  require(length <= kHeaderLimit, "the header claims {} bytes, more than the format's limit of {}", length,
          kHeaderLimit);
  if (input.size()) {
    const uint64_t rest = *input.size() - input.position();
    require(length <= rest, "input ends early: the header claims {} bytes, {} follow", length, rest);
  }
  require(length > 0, "the header is empty");
  while (bytes.size() < 8 + length) {
    const size_t have = bytes.size(), more = std::min<size_t>(8 + length - have, std::max(have, size_t{64} << 10));
    bytes.resize(have + more);
    const size_t n = input.read_full(std::span(bytes).subspan(have));
    require(n == more, "input ends early: the header claims {} bytes, {} follow", length, have - 8 + n);
  }
  return bytes;
}

void check_text(std::string_view text) {
  const auto first = std::ranges::find_if_not(text, is_space);
  require(first != text.end() && *first == '{', "the header is not a JSON object");
  // The parser takes a NUL for the end of its input.
  require(text.find('\0') == std::string_view::npos, "the header is not valid JSON (it holds a NUL byte)");
}

std::string json_text(std::string_view text, std::string_view what) {
  try {
    return json(text).dump();
  } catch (const json::exception&) {
    fail(ErrorKind::data, "{} is not UTF-8: {}", what, in_quotes(text));
  }
}

std::string json_of(const Layout& layout) {
  std::string text = fmt::format("{{\"{}\":{{", kMetadata);
  bool first = true;
  for (const auto& [key, value] : layout.metadata) {
    text += fmt::format("{}{}:{}", first ? "" : ",", json_text(key, "a metadata key"),
                        json_text(value, "a metadata value"));
    first = false;
  }
  text += '}';
  for (const TensorInfo& t : layout.tensors)
    text +=
        fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_text(t.name, "a tensor's name"),
                    name_of(t.dtype), fmt::join(t.shape, ","), t.offset, t.offset + t.bytes());
  return text + '}';
}

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> head) {
  if (head.size() < 8) return false;
  const uint64_t length = from_little_endian(head, 8);
  if (head.size() == 8) return length > 0 && length <= kHeaderLimit;
  const char first = char(head[8]), second = head.size() > 9 ? char(head[9]) : ' ';
  if (length <= kHeaderLimit) return length > 0 && (first == '{' || is_space(first));
  return first == '{' && (second == '"' || second == '}');  // a damaged length: its reader says what is wrong
}

Layout read_safetensors_header(Input& input) {
  const std::vector<std::byte> bytes = read_header_bytes(input);
  Layout layout{.format = "safetensors", .header_bytes = bytes.size(), .header_sha256 = sha256(bytes)};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, bytes.size() - 8);
  check_text(text);
  std::optional<uint64_t> payload;
  if (input.size()) payload = *input.size() - input.position();
  HeaderParser parser(layout, payload);
  json::sax_parse(text.begin(), text.end(), &parser);
  check_names(layout.tensors);
  std::ranges::stable_sort(layout.tensors, {},
                           [](const TensorInfo& t) { return std::pair(t.offset, t.offset + t.bytes()); });
  check_cover(layout.tensors);
  require(!payload || layout.payload_bytes() == *payload, "{} bytes follow the last tensor",
          payload.value_or(0) - layout.payload_bytes());
  return layout;
}

std::string make_safetensors_header(Layout& layout) {
  layout.format = "safetensors";
  layout.metadata["format"] = "pt";
  check_names(layout.tensors);
  std::ranges::sort(layout.tensors, {},
                    [](const TensorInfo& t) { return std::pair(t.dtype, std::string_view(t.name)); });
  uint64_t end = 0;
  for (TensorInfo& t : layout.tensors) {
    require(t.name != kMetadata && t.name.find('\0') == std::string::npos, "a tensor cannot be called {}",
            in_quotes(t.name));
    t.offset = end;
    require(!__builtin_add_overflow(end, byte_count(t.dtype, t.shape), &end), "the tensors overflow 2^64 bytes");
  }
  std::string text = json_of(layout);
  text.append((8 - text.size() % 8) % 8, ' ');
  require(text.size() <= kHeaderLimit, "the header has {} bytes, more than the format's limit of {}", text.size(),
          kHeaderLimit);
  const std::string header = little_endian(text.size(), 8) + text;
  layout.header_bytes = header.size();
  layout.big_endian = false;
  layout.header_sha256 = sha256(std::as_bytes(std::span(header)));
  return header;
}

}  // namespace athanor::io
