#include "io/tensor_writer.h"

#include <algorithm>
#include <optional>

#include "io/npy.h"
#include "io/pt.h"
#include "io/safetensors.h"
#include "io/zip.h"

namespace athanor::io {
namespace {

/// safetensors and .npy: a header, then all bytes one after another.
class OnePayload : public TensorWriter::Format {
 public:
  OnePayload(Output output, std::string_view header) : output_(std::move(output)) { output_.write(header); }
  void begin(const TensorInfo&) override {}
  void write(std::span<const std::byte> bytes) override { output_.write(bytes); }
  void finish() override { output_.finish(); }

 private:
  Output output_;
};

/// What formats share that are zip archives of one entry a tensor, metadata in the archive's comment.
class Archive : public TensorWriter::Format {
 public:
  Archive(Output output, const Metadata& metadata) : output_(std::move(output)), comment_(make_comment(metadata)) {}
  void write(std::span<const std::byte> bytes) override { zip_.write(bytes); }
  void finish() override {
    zip_.finish(comment_);
    output_.finish();
  }

 private:
  Output output_;
  std::string comment_;

 protected:
  ZipWriter zip_{output_};
};

/// .npz.
class Npz : public Archive {
 public:
  using Archive::Archive;
  void begin(const TensorInfo& tensor) override {
    const std::string header = make_npy_header(tensor.dtype, tensor.shape);
    zip_.begin(tensor.name + ".npy", header.size() + tensor.bytes());
    zip_.write(header);
  }
};

/// PyTorch's.
class Pt : public Archive {
 public:
  Pt(Output output, const Layout& layout) : Archive(std::move(output), layout.metadata) {
    const std::string pickle = make_pt_pickle(layout.tensors);
    zip_.begin("archive/data.pkl", pickle.size());
    zip_.write(pickle);
    for (const auto& [name, text] : {std::pair{"archive/byteorder", "little"}, {"archive/version", "3\n"}}) {
      zip_.begin(name, std::string_view(text).size());
      zip_.write(std::string_view(text));
    }
  }
  void begin(const TensorInfo& tensor) override { zip_.begin(fmt::format("archive/data/{}", key_++), tensor.bytes()); }

 private:
  size_t key_ = 0;
};

bool is_shard(std::string_view name) {
  return name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json");
}

/// A folder of safetensors with an index.
class ShardFolder : public TensorWriter::Format {
 public:
  /// Sets the layout's tensors to their order in the files.
  ShardFolder(const Sink& sink, Existing existing, Layout& layout, const ShardOptions& options)
      : folder_(OutputFolder::open(sink, existing, is_shard)), stem_(options.stem) {
    for (std::vector<TensorInfo>& tensors : deal_shards(layout.tensors, options.limit.bytes)) {
      Shard& shard = shards_.emplace_back();
      Layout part{.tensors = std::move(tensors), .metadata = layout.metadata};
      shard.header = make_safetensors_header(part);
      shard.tensors = std::move(part.tensors);
    }
    layout.tensors.clear();
    for (const Shard& shard : shards_)
      layout.tensors.insert(layout.tensors.end(), shard.tensors.begin(), shard.tensors.end());
    for (size_t i = 0; i < shards_.size(); ++i)
      for (const TensorInfo& tensor : shards_[i].tensors) {
        require(weight_map_.emplace(tensor.name, file_name(i)).second, "tensor {}: the name is there twice",
                in_quotes(tensor.name));
        total_ += tensor.bytes();
      }
  }
  void begin(const TensorInfo& tensor) override {
    while (!output_ || weight_map_.at(tensor.name) != file_name(current_)) next_file();
  }
  void write(std::span<const std::byte> bytes) override { output_->write(bytes); }
  void finish() override {
    while (!output_ || current_ + 1 < shards_.size()) next_file();
    output_->finish();
    Output index = folder_.file(stem_ + ".safetensors.index.json");
    index.write(make_index(weight_map_, total_));
    index.finish();
    folder_.finish();
  }

 private:
  struct Shard {
    std::string header;
    std::vector<TensorInfo> tensors;
  };
  std::string file_name(size_t i) const {
    return fmt::format("{}-{:05}-of-{:05}.safetensors", stem_, i + 1, shards_.size());
  }
  void next_file() {
    if (output_) {
      output_->finish();
      ++current_;
    }
    output_ = folder_.file(file_name(current_));
    output_->write(shards_[current_].header);
  }
  OutputFolder folder_;
  std::string stem_;
  std::vector<Shard> shards_;
  std::map<std::string, std::string> weight_map_;
  uint64_t total_ = 0;
  std::optional<Output> output_;
  size_t current_ = 0;
};

/// Checks what no header will check, before the sink is opened, and sets the order of the tensors.
std::string prepare(Layout& layout, std::string_view format, const std::string& sink) {
  if (format == "safetensors") return make_safetensors_header(layout);
  const bool known = std::ranges::find(kTensorFormats, format) != std::end(kTensorFormats);
  if (!known) fail(ErrorKind::usage, "tensors are written as {}, not '{}'", fmt::join(kTensorFormats, ", "), format);
  if (format == "npy") {
    if (layout.tensors.size() != 1)
      fail(ErrorKind::usage, "{}: .npy holds one tensor, not {}: write safetensors instead", sink,
           layout.tensors.size());
    layout.metadata.clear();
    TensorInfo& array = layout.tensors.front();
    byte_count(array.dtype, array.shape);
    array.offset = 0;
    const std::string header = make_npy_header(array.dtype, array.shape);
    layout.header_bytes = header.size();
    layout.header_sha256 = sha256(std::as_bytes(std::span(header)));
    return header;
  }
  check_names(layout.tensors);
  uint64_t offset = 0;
  for (TensorInfo& tensor : layout.tensors) {
    require(is_text(tensor.name), "a tensor's name is not UTF-8, or holds a NUL: {}", in_quotes(tensor.name));
    if (format == "npz")  // refuse what .npy cannot hold
      in_context("tensor " + in_quotes(tensor.name), [&] { make_npy_header(tensor.dtype, tensor.shape); });
    tensor.offset = offset;
    require(!__builtin_add_overflow(offset, byte_count(tensor.dtype, tensor.shape), &offset),
            "the tensors overflow 2^64 bytes");
  }
  return "";
}

std::unique_ptr<TensorWriter::Format> make_format(const Sink& sink, Existing existing, Layout& layout,
                                                  const ShardOptions& shards) {
  const std::string format = layout.format;
  if (shards.limit.bytes > 0) {
    if (format != "safetensors") fail(ErrorKind::usage, "shards are written as safetensors, not as {}", format);
    if (shards.stem.empty() || shards.stem.find('/') != std::string::npos)
      fail(ErrorKind::usage, "the files' names cannot begin with {}", in_quotes(shards.stem));
    if (sink.standard()) fail(ErrorKind::usage, "shards are written to a folder, not to {}", sink.name());
    return std::make_unique<ShardFolder>(sink, existing, layout, shards);
  }
  const std::string header = prepare(layout, format, sink.name());
  Output output = Output::open(sink, existing);
  if (format == "npz") return std::make_unique<Npz>(std::move(output), layout.metadata);
  if (format == "pt") return std::make_unique<Pt>(std::move(output), layout);
  return std::make_unique<OnePayload>(std::move(output), header);
}

}  // namespace

TensorWriter::TensorWriter(const Sink& sink, Existing existing, std::string_view format,
                           std::vector<TensorInfo> tensors, Metadata metadata, const ShardOptions& shards)
    : name_(sink.name()),
      layout_{.format = std::string(format), .tensors = std::move(tensors), .metadata = std::move(metadata)},
      format_(make_format(sink, existing, layout_, shards)) {
  if (!layout_.tensors.empty()) format_->begin(layout_.tensors.front());
}

bool TensorWriter::complete() const {
  return current_ < layout_.tensors.size() && written_ == layout_.tensors[current_].bytes();
}

void TensorWriter::next() {
  written_ = 0;
  if (++current_ < layout_.tensors.size()) format_->begin(layout_.tensors[current_]);
}

void TensorWriter::write(std::string_view tensor, std::span<const std::byte> bytes) {
  while (complete() && layout_.tensors[current_].name != tensor) next();
  require(current_ < layout_.tensors.size() && layout_.tensors[current_].name == tensor,
          "{}: the bytes of {} come out of order", name_, in_quotes(tensor));
  require(bytes.size() <= layout_.tensors[current_].bytes() - written_, "{}: too many bytes for {}", name_,
          in_quotes(tensor));
  format_->write(bytes);
  written_ += bytes.size();
}

void TensorWriter::write_all(const std::map<std::string, std::span<const std::byte>>& tensors) {
  for (const TensorInfo& t : layout_.tensors)
    if (const auto found = tensors.find(t.name); found != tensors.end()) write(t.name, found->second);
  finish();
}

void TensorWriter::finish() {
  while (current_ < layout_.tensors.size()) {
    const TensorInfo& t = layout_.tensors[current_];
    require(complete(), "{}: {} has {} of its {} bytes", name_, in_quotes(t.name), written_, t.bytes());
    next();
  }
  format_->finish();
}

std::string tensor_format_of(const Sink& sink) {
  if (sink.standard()) return "safetensors";
  const std::string suffix = std::filesystem::path(sink.path).extension().string();
  if (suffix == ".npy" || suffix == ".npz" || suffix == ".pt") return suffix.substr(1);
  return suffix == ".pth" || suffix == ".bin" ? "pt" : "safetensors";
}

}  // namespace athanor::io
