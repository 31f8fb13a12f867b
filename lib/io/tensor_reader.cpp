#include "io/tensor_reader.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "io/idx.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/pt.h"
#include "io/safetensors.h"
#include "io/shards.h"
#include "io/spool.h"

namespace athanor::io {
namespace {

constexpr std::string_view kExpected = "safetensors, .npy, .npz, .pt or IDX";

/// A format whose tensors follow one header.
TensorFile one_payload(Input input, Layout (*read_header)(Input&)) {
  TensorFile file;
  const uint64_t start = input.position();
  file.layout = read_header(input);
  const uint64_t payload = start + file.layout.header_bytes;
  for (const TensorInfo& tensor : file.layout.tensors)
    file.places.push_back(
        {.source = 0,
         .offset = payload + tensor.offset,
         .strides = file.layout.fortran_order ? fortran_strides(tensor.shape) : std::vector<int64_t>{},
         .big_endian = file.layout.big_endian && size_of(tensor.dtype) > 1});
  file.sources.push_back({.input = std::move(input)});
  return file;
}

TensorFile open_zip(Input input) {
  const Input archive = in_memory(std::move(input));
  const ZipDirectory directory = read_zip_directory(archive);
  TensorFile file = is_pt(directory) ? open_pt(archive, directory) : open_npz(archive, directory);
  file.layout.header_bytes = directory.bytes;
  file.layout.header_sha256 = directory.sha256;
  uint64_t offset = 0;
  for (TensorInfo& tensor : file.layout.tensors) {
    tensor.offset = offset;
    require(!__builtin_add_overflow(offset, tensor.bytes(), &offset), "the tensors overflow 2^64 bytes");
  }
  read_comment(directory.comment, file.layout.metadata);
  return file;
}

TensorFile open_file(Input input);

bool is_index(std::span<const std::byte> head) {
  return looks_like_index(head) && !(head.size() > 8 && looks_like_safetensors(head));
}

/// Moves the tensors of `shard` that the index places there into `whole`.
void take_shard(TensorFile& whole, TensorFile shard, const std::string& name, const ShardIndex& index) {
  const size_t first_source = whole.sources.size();
  for (size_t i = 0; i < shard.layout.tensors.size(); ++i) {
    TensorInfo& tensor = shard.layout.tensors[i];
    const auto entry = index.weight_map.find(tensor.name);
    require(entry != index.weight_map.end() && entry->second == name,
            "{} holds {}, which the index does not place there", in_quotes(name), in_quotes(tensor.name));
    tensor.offset = whole.layout.payload_bytes();
    shard.places[i].source += first_source;
    whole.places.push_back(std::move(shard.places[i]));
    whole.layout.tensors.push_back(std::move(tensor));
  }
  for (TensorSource& source : shard.sources) whole.sources.push_back(std::move(source));
  whole.layout.files.push_back(name);
  whole.layout.format = shard.layout.format;
  whole.layout.metadata.merge(shard.layout.metadata);  // of a key in several files, the first one's value
}

TensorFile open_shards(Input input) {
  const std::filesystem::path folder = std::filesystem::path(input.name()).parent_path();
  require(input.name() != Source{"-"}.name(), "an index names files beside it: give its file, not a pipe");
  const ShardIndex index = read_index(input);
  TensorFile whole;
  std::map<std::string, size_t> tensors_in;
  for (const auto& [tensor, file] : index.weight_map) ++tensors_in[file];
  for (const auto& [name, count] : tensors_in) {
    Input bytes = Input::open({(folder / name).string()});
    require(!is_index(bytes.peek(16)), "{} is an index itself", in_quotes(name));
    TensorFile shard = in_context(in_quotes(name), [&] { return open_file(std::move(bytes)); });
    const size_t held = shard.layout.tensors.size();
    take_shard(whole, std::move(shard), name, index);
    // Each of them is in the index, and under one name: fewer means that one is missing.
    if (held == count) continue;
    std::set<std::string_view> found;
    for (const TensorInfo& tensor : whole.layout.tensors) found.insert(tensor.name);
    for (const auto& [tensor, in_file] : index.weight_map)
      require(in_file != name || found.contains(tensor), "{} lacks {}, which the index places there", in_quotes(name),
              in_quotes(tensor));
  }
  whole.layout.header_bytes = index.bytes;
  whole.layout.header_sha256 = index.sha256;
  return whole;
}

TensorFile open_file(Input input) {
  const std::span<const std::byte> head = input.peek(16);
  require(!head.empty(), "the input is empty (expected {})", kExpected);
  if (looks_like_npy(head)) return one_payload(std::move(input), read_npy_header);
  if (looks_like_zip(head)) return open_zip(std::move(input));
  if (is_index(head)) return open_shards(std::move(input));
  // Eight bytes can begin either format; only more of them make it safetensors rather than IDX.
  if (head.size() > 8 && looks_like_safetensors(head)) return one_payload(std::move(input), read_safetensors_header);
  if (looks_like_idx(head)) return one_payload(std::move(input), read_idx_header);
  if (looks_like_safetensors(head)) return one_payload(std::move(input), read_safetensors_header);
  require(!looks_like_old_pt(head),
          "a PyTorch file from before version 1.6: load it there and save it again, which writes the zip format");
  fail(ErrorKind::data, "not a tensor file (expected {})", kExpected);
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

}  // namespace

TensorReader TensorReader::open(const Source& source) {
  std::error_code none;
  const bool folder = !source.standard() && std::filesystem::is_directory(source.path, none);
  return TensorReader(Input::open(folder ? checkpoint_of(source.path) : source));
}

TensorReader::TensorReader(Input input) : name_(input.name()) {
  in_context(name_, [&] {
    file_ = open_file(std::move(input));
    for (const TensorSource& source : file_.sources)
      random_access_ = random_access_ && (source.input.resident() || source.reopen);
    const bool strided = std::ranges::any_of(file_.places, [](const Place& p) { return !p.strides.empty(); });
    if (strided && !random_access_) spool_stream();
  });
}

size_t TensorReader::index_of(const TensorInfo& tensor) const {
  const std::vector<TensorInfo>& all = layout().tensors;
  if (&tensor >= all.data() && &tensor < all.data() + all.size()) return size_t(&tensor - all.data());
  const int64_t found = layout().find(tensor.name);
  require(found >= 0, "there is no tensor {}", in_quotes(tensor.name));
  return size_t(found);
}

void TensorReader::spool() {
  in_context(name_, [&] { spool_stream(); });
}

void TensorReader::spool_stream() {
  if (random_access_) return;
  TensorSource& source = file_.sources.front();
  const uint64_t passed = source.input.position();
  for (Place& place : file_.places) place.offset -= passed;
  source.input = in_memory(std::move(source.input));
  const uint64_t expected = layout().payload_bytes(), got = source.input.size().value_or(0);
  if (got < expected) fail_short(layout(), got);
  require(got == expected, "bytes follow the last tensor");
  random_access_ = true;
}

void TensorReader::read_stream(const TensorInfo& tensor, Input& input, uint64_t first, std::span<std::byte> out) {
  require(input.position() <= first, "tensor {} has passed: a stream is read forward only", in_quotes(tensor.name));
  const uint64_t payload = first - input.position();
  const uint64_t skipped = input.skip(payload);
  const size_t got = skipped < payload ? 0 : input.read_full(out);
  if (got < out.size())
    fail_short(layout(), input.position() - file_.places.front().offset + layout().tensors.front().offset);
}

void TensorReader::read_plain(const TensorInfo& tensor, const Place& place, uint64_t offset, std::span<std::byte> out) {
  TensorSource& source = file_.sources[place.source];
  const uint64_t first = place.offset + offset;
  if (!source.input.resident() && source.reopen && source.input.position() > first)
    source.input = in_memory(source.reopen());  // who goes back once will do it again
  if (source.input.resident())
    source.input.read_at(first, out);
  else
    read_stream(tensor, source.input, first, out);
}

void TensorReader::read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> out) {
  in_context(name_, [&] {
    const uint64_t size = tensor.bytes(), element = size_of(tensor.dtype);
    require(offset <= size && out.size() <= size - offset, "bytes {} to {} lie outside of tensor {}", offset,
            offset + out.size(), in_quotes(tensor.name));
    if (out.empty()) return;
    const Place& place = file_.places[index_of(tensor)];
    require(place.plain() || (offset % element == 0 && out.size() % element == 0),
            "tensor {} is read by whole elements only", in_quotes(tensor.name));
    if (place.strides.empty()) {
      read_plain(tensor, place, offset, out);
    } else {
      TensorSource& source = file_.sources[place.source];
      if (!source.input.resident()) source.input = in_memory(source.reopen());
      source.input.check_mapped();
      gather(source.input.mapped().subspan(place.offset), tensor.shape, place.strides, element, offset / element, out);
    }
    if (place.big_endian) swap_bytes(element, out);
  });
}

std::vector<std::byte> TensorReader::read(const TensorInfo& tensor) {
  // A stream, or a tensor that repeats its elements, may promise more than there is: memory grows with what arrives.
  constexpr uint64_t step = 16 << 20;
  std::vector<std::byte> bytes;
  while (bytes.size() < tensor.bytes()) {
    const size_t have = bytes.size();
    bytes.resize(have +
                 std::min(tensor.bytes() - have, random_access_ ? tensor.bytes() : std::max<uint64_t>(step, have)));
    read(tensor, have, std::span(bytes).subspan(have));
  }
  return bytes;
}

std::span<const std::byte> TensorReader::map(const TensorInfo& tensor) {
  return in_context(name_, [&]() -> std::span<const std::byte> {
    require(random_access_, "a stream is not mapped");
    const size_t index = index_of(tensor);
    Place& place = file_.places[index];
    if (tensor.bytes() == 0) return {};
    if (!place.plain() || !file_.sources[place.source].input.resident()) {
      constexpr uint64_t kPart = 1 << 20;
      Spool spool;
      std::vector<std::byte> part(std::min(kPart, tensor.bytes()));
      for (uint64_t done = 0; done < tensor.bytes(); done += kPart) {
        const std::span<std::byte> bytes = std::span(part).first(std::min(kPart, tensor.bytes() - done));
        read(layout().tensors[index], done, bytes);
        spool.write(bytes);
      }
      place = {.source = file_.sources.size()};
      file_.sources.push_back({.input = spool.input(name_)});
    }
    return file_.sources[place.source].input.mapped().subspan(place.offset, tensor.bytes());
  });
}

void TensorReader::finish() {
  if (random_access_) return;
  in_context(name_, [&] {
    Input& input = file_.sources.front().input;
    const uint64_t payload = file_.places.empty() ? input.position() : file_.places.front().offset;
    const uint64_t rest = payload + layout().payload_bytes() - input.position();
    const uint64_t skipped = input.skip(rest);
    if (skipped < rest) fail_short(layout(), input.position() - payload);
    require(input.peek(1).empty(), "bytes follow the last tensor");
  });
}

}  // namespace athanor::io
