#include "io/shards.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

namespace athanor::io {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr uint64_t kIndexLimit = 100'000'000;
constexpr std::string_view kSuffixes[] = {".index.json", ".safetensors", ".bin", ".pt", ".pth"};  // the first wins

std::vector<std::byte> read_all(Input& input) {
  std::vector<std::byte> bytes;
  constexpr size_t kPart = 1 << 20;
  for (size_t n = kPart; n == kPart;) {
    require(bytes.size() <= kIndexLimit, "the index has more than {} bytes", kIndexLimit);
    bytes.resize(bytes.size() + kPart);
    n = input.read_full(std::span(bytes).last(kPart));
    bytes.resize(bytes.size() - kPart + n);
  }
  return bytes;
}

/// JSON in which no key comes twice: of two entries for a tensor, nobody could say which is meant.
json parse_strictly(std::span<const std::byte> bytes) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    require(depth <= 16, "the index is nested too deeply");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key)
      require(keys.back().insert(value.get<std::string>()).second, "the index has the key {} twice",
              in_quotes(value.get<std::string>()));
    return true;
  };
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const json whole = json::parse(text, text + bytes.size(), watch, false);
  require(whole.is_object(), "the index is not a JSON object");
  return whole;
}

std::vector<std::string> files_with(const std::string& folder, std::string_view suffix) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(suffix) && !name.starts_with('.')) found.push_back(it->path().string());
  }
  if (error) fail(ErrorKind::io, "{}: cannot be listed: {}", folder, error.message());
  std::ranges::sort(found);
  return found;
}

}  // namespace

void ShardOptions::fields(Fields& v) {
  v.opt("--shard-size", limit, "write several safetensors with an index, of at most so many bytes each");
  v.opt("--shard-stem", stem, "beginning of their names; diffusers expects diffusion_pytorch_model");
}

bool looks_like_index(std::span<const std::byte> head) {
  const auto blank = [](std::byte b) { return b == std::byte{' '} || (b >= std::byte{9} && b <= std::byte{13}); };
  return head.size() >= 2 && head[0] == std::byte{'{'} && (head[1] == std::byte{'"'} || blank(head[1]));
}

ShardIndex read_index(Input& input) {
  const std::vector<std::byte> bytes = read_all(input);
  const json whole = parse_strictly(bytes);
  const auto map = whole.find("weight_map");
  require(map != whole.end() && map->is_object(), "the index lacks its weight_map");
  ShardIndex index{.bytes = bytes.size(), .sha256 = sha256(bytes)};
  for (const auto& [tensor, file] : map->items()) {
    require(file.is_string(), "the index names no file for {}", in_quotes(tensor));
    const std::string name = file.get<std::string>();
    require(!name.empty() && name.find('/') == std::string::npos && name.find('\0') == std::string::npos &&
                name != "." && name != "..",
            "the index names {} for {}; expected a file beside it", in_quotes(name), in_quotes(tensor));
    index.weight_map.emplace(tensor, name);
  }
  require(!index.weight_map.empty(), "the index names no tensors");
  return index;
}

std::string make_index(const std::map<std::string, std::string>& weight_map, uint64_t total_size) {
  return json{{"metadata", {{"total_size", total_size}}}, {"weight_map", weight_map}}.dump(2) + "\n";
}

bool holds_checkpoint(const std::string& folder) {
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) { return !files_with(folder, suffix).empty(); });
}

Source checkpoint_of(const std::string& folder) {
  for (const std::string_view suffix : kSuffixes) {
    const std::vector<std::string> found = files_with(folder, suffix);
    require(found.size() < 2, "{}: holds {} checkpoints ({}, {} …): name one of them", folder, found.size(),
            found.size() > 0 ? fs::path(found[0]).filename().string() : "",
            found.size() > 1 ? fs::path(found[1]).filename().string() : "");
    if (!found.empty()) return {found.front()};
  }
  fail(ErrorKind::data, "{}: holds no checkpoint (expected an index, .safetensors, .bin, .pt or .pth)", folder);
}

std::vector<std::vector<TensorInfo>> deal_shards(const std::vector<TensorInfo>& tensors, uint64_t bytes) {
  std::vector<std::vector<TensorInfo>> shards(1);
  uint64_t used = 0;
  for (const TensorInfo& tensor : tensors) {
    if (!shards.back().empty() && tensor.bytes() > bytes - std::min(bytes, used)) {
      shards.emplace_back();
      used = 0;
    }
    shards.back().push_back(tensor);
    used += tensor.bytes();
  }
  return shards;
}

}  // namespace athanor::io
