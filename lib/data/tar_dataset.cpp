#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "data/image_rows.h"
#include "data/tar_reader.h"
#include "io/spool.h"

namespace athanor::data {
namespace {

/// "./set/cat/001.seg.png": folder "set/cat", key "set/cat/001", extension "seg.png".
struct EntryName {
  std::string path, folder, key, extension;
  bool hidden = false;  ///< it, or a folder that it lies in
};

EntryName parse(std::string_view name) {
  EntryName entry;
  for (const std::string& part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    entry.hidden |= part[0] == '.';
    if (!entry.path.empty()) entry.path += '/';
    entry.path += part;
  }
  const size_t slash = entry.path.rfind('/');
  if (slash != std::string::npos) entry.folder = entry.path.substr(0, slash);
  const size_t first = slash == std::string::npos ? 0 : slash + 1, dot = entry.path.find('.', first);
  entry.key = entry.path.substr(0, dot);
  if (dot != std::string::npos) entry.extension = entry.path.substr(dot + 1);
  return entry;
}

/// The number in a KEY.cls; nothing when it holds none.
std::optional<int64_t> class_number(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 32));
  const size_t first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  text = text.substr(first, last - first + 1);
  int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return {};
  return number;
}

/// Images and what lies beside them.
class TarScan {
 public:
  TarScan(io::Input& input, bool skip, const Remark& remark) : input_(input), skip_(skip), remark_(remark) {
    TarReader tar(input);
    while (tar.next()) add(tar);
    for (const EntryName& other : others_) judge(other);
    if (images_.empty()) fail(ErrorKind::data, "holds no {} images", image::image_formats());
  }
  /// To be called once. Gives the images with their labels; the input's memory is still its owner's.
  ImageFiles found();

 private:
  struct Image {
    EntryName name;
    std::span<const std::byte> bytes;  ///< in the input's memory, or
    uint64_t offset, size;             ///< in the spool
  };
  void add(TarReader& tar);
  void keep(EntryName name, std::span<const std::byte> bytes);
  void judge(const EntryName& other);
  void leave_out(const EntryName& entry, std::string_view reason);
  std::vector<int64_t> numbers() const;
  std::vector<int64_t> folders(std::vector<std::string>& class_names) const;

  io::Input& input_;
  bool skip_;
  const Remark& remark_;
  std::vector<Image> images_;
  std::vector<EntryName> others_;
  std::set<std::string> keys_;               ///< of images
  std::map<std::string, int64_t> class_of_;  ///< by key
  std::optional<io::Spool> spool_;
};

void TarScan::leave_out(const EntryName& entry, std::string_view reason) {
  require(skip_, "{}: {}; give --skip-unreadable to leave such files out", entry.path, reason);
  if (remark_) remark_(fmt::format("{}: {}: left out: {}", input_.name(), entry.path, reason));
}

void TarScan::add(TarReader& tar) {
  EntryName name = parse(tar.name());
  if (tar.is_folder() || name.hidden || name.path.empty()) return;
  if (!tar.is_file()) return leave_out(name, "a link or device, no image");
  if (image::looks_like_image(tar.head())) return keep(std::move(name), tar.content());
  if (name.extension == "cls") {
    const std::optional<int64_t> number = tar.size() <= 32 ? class_number(tar.content()) : std::nullopt;
    require(number.has_value(), "{}: expected the number of a class", name.path);
    class_of_[name.key] = *number;
  }
  others_.push_back(std::move(name));
}

void TarScan::keep(EntryName name, std::span<const std::byte> bytes) {
  Image image{.name = std::move(name), .bytes = {}, .offset = 0, .size = bytes.size()};
  const std::span<const std::byte> mapped = input_.mapped();
  const std::less_equal<const std::byte*> before;
  if (!mapped.empty() && before(mapped.data(), bytes.data()) &&
      before(bytes.data() + bytes.size(), mapped.data() + mapped.size())) {
    image.bytes = bytes;
  } else {
    if (!spool_) spool_.emplace();
    image.offset = spool_->size();
    spool_->write(bytes);
  }
  keys_.insert(image.name.key);
  images_.push_back(std::move(image));
}

/// What is no image may describe one, under its name.
void TarScan::judge(const EntryName& other) {
  if (keys_.contains(other.key)) return;
  leave_out(other, fmt::format("not a {} image and none of that name is there", image::image_formats()));
}

std::vector<int64_t> TarScan::numbers() const {
  std::vector<int64_t> labels;
  for (const Image& image : images_) {
    const auto it = class_of_.find(image.name.key);
    require(it != class_of_.end(), "{}: has no class beside it in {}.cls, but others have", image.name.path,
            image.name.key);
    labels.push_back(it->second);
  }
  return labels;
}

std::vector<int64_t> TarScan::folders(std::vector<std::string>& class_names) const {
  const auto parts = [](const std::string& folder) {
    const size_t slash = folder.rfind('/');
    if (slash == std::string::npos) return std::pair(std::string(), folder);
    return std::pair(folder.substr(0, slash), folder.substr(slash + 1));
  };
  const EntryName& first = images_.front().name;
  for (const Image& image : images_) {
    const std::string& folder = image.name.folder;
    require(folder.empty() == first.folder.empty() && parts(folder).first == parts(first.folder).first,
            "{}: does not lie beside {} or in a folder beside its own; images lie together or in one folder a class",
            image.name.path, first.path);
    class_names.push_back(parts(folder).second);
  }
  std::vector<int64_t> labels;
  std::vector<std::string> names = class_names;
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!first.folder.empty())
    for (const std::string& name : class_names) labels.push_back(std::ranges::lower_bound(names, name) - names.begin());
  class_names = first.folder.empty() ? std::vector<std::string>{} : names;
  return labels;
}

ImageFiles TarScan::found() {
  ImageFiles found;
  found.labels = class_of_.empty() ? folders(found.class_names) : numbers();
  std::span<const std::byte> spooled;
  if (spool_) {
    found.memory.push_back(spool_->input(input_.name()));
    spooled = found.memory.back().mapped();
    if (spooled.size() != spool_->size())
      fail(ErrorKind::io, "a temporary file cannot be mapped (TMPDIR names another folder)");
  }
  for (const Image& image : images_)
    found.files.push_back({.name = fmt::format("{}: {}", input_.name(), image.name.path),
                           .bytes = image.bytes.empty() ? spooled.subspan(image.offset, image.size) : image.bytes});
  return found;
}

}  // namespace

std::unique_ptr<Dataset> open_tar(io::Input input, const io::Source& source, const DatasetOptions& options,
                                  const Remark& remark) {
  ImageFiles found;
  try {
    found = TarScan(input, options.skip_unreadable, remark).found();
  } catch (const Error& error) {
    throw error.in(input.name());
  }
  if (options.skip_unreadable) drop_undecodable(found, options, remark);
  std::string names;
  for (const ImageFile& file : found.files) names += file.name.substr(input.name().size() + 2) + "\n";
  Facts facts{.name = input.name()};
  facts.records.push_back({.name = source.file_name(),
                           .bytes = input.size().value_or(0),
                           .header_sha256 = io::sha256(std::as_bytes(std::span(names)))});
  found.memory.push_back(std::move(input));
  return open_files(std::move(found), std::move(facts), options);
}

}  // namespace athanor::data
