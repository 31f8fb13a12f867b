#include "checkpoint/conversion.h"

#include <algorithm>
#include <map>

namespace athanor::checkpoint {
namespace {

constexpr uint64_t kChunk = 4 << 20;  // bytes read at a time

/// What stands behind "REGEX=", and the regular expression.
std::string_view after_pattern(std::string_view text, std::optional<Pattern>& pattern) {
  const size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return text;
  from_text(text.substr(0, equals), pattern.emplace());
  return text.substr(equals + 1);
}
std::string before(const std::optional<Pattern>& pattern) { return pattern ? pattern->text + "=" : ""; }

Range parse_range(const std::string& text, std::string_view whole) {
  const size_t colons = size_t(std::ranges::count(text, ':'));
  if (colons == 0 || colons > 2) fail(ErrorKind::usage, "expected ranges A:B or A:B:STEP, got '{}'", whole);
  Range range;
  const size_t first = text.find(':'), second = std::min(text.find(':', first + 1), text.size());
  const auto number = [](const std::string& word, std::optional<int64_t>& value) {
    if (!word.empty()) athanor::from_text(word, value.emplace());
  };
  number(text.substr(0, first), range.begin);
  number(text.substr(first + 1, second - first - 1), range.end);
  std::optional<int64_t> step;
  if (second < text.size()) number(text.substr(second + 1), step);
  range.step = step.value_or(1);
  if (range.step < 1) fail(ErrorKind::usage, "a range's step must be at least 1, got '{}'", text);
  return range;
}

/// The range's first index and its number of indices, on an axis of `size`.
std::pair<int64_t, int64_t> resolve(const Range& range, int64_t size) {
  const auto index = [size](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
  const int64_t begin = index(range.begin.value_or(0)), end = index(range.end.value_or(size));
  return {begin, begin < end ? (end - begin - 1) / range.step + 1 : 0};
}

Part part_of(size_t input, const io::TensorInfo& tensor, const std::vector<Slice>& slices) {
  Part part{.input = input, .tensor = tensor, .shape = tensor.shape, .strides = io::c_strides(tensor.shape)};
  for (const Slice& slice : slices) {
    if (slice.pattern && !slice.pattern->matches(tensor.name)) continue;
    require(slice.ranges.size() <= part.shape.size(), "tensor {}: a slice of {} axes of {}", io::in_quotes(tensor.name),
            slice.ranges.size(), shape_text(tensor.shape));
    for (size_t a = 0; a < slice.ranges.size(); ++a) {
      const auto [begin, count] = resolve(slice.ranges[a], part.shape[a]);
      part.first += begin * part.strides[a];
      if (count > 1) part.strides[a] *= slice.ranges[a].step;  // else a step of any size leads nowhere
      part.shape[a] = count;
    }
  }
  return part;
}

DType type_after(const std::vector<Cast>& casts, const std::string& name, DType dtype) {
  for (const Cast& cast : casts)
    if (cast.pattern ? cast.pattern->matches(name) : is_floating_point(dtype)) dtype = cast.dtype;
  return dtype;
}

/// Adds a part, which will have the type `dtype`, to the tensor that it continues along the first axis.
void join(Joined& whole, Part part, DType dtype) {
  const std::string name = io::in_quotes(whole.info.name);
  const Part& front = whole.parts.front();
  require(!part.shape.empty() && part.shape.size() == front.shape.size() &&
              std::ranges::equal(part.shape.begin() + 1, part.shape.end(), front.shape.begin() + 1, front.shape.end()),
          "tensor {}: {} cannot follow {} along the first axis", name, shape_text(part.shape), shape_text(front.shape));
  require(dtype == whole.info.dtype, "tensor {}: {} cannot follow {}; --cast makes them one type", name, to_text(dtype),
          to_text(whole.info.dtype));
  int64_t& rows = whole.info.shape.front();
  require(!__builtin_add_overflow(rows, part.shape.front(), &rows), "tensor {}: its parts have more than 2^63 rows",
          name);
  whole.parts.push_back(std::move(part));
}

/// All tensors as slices of one.
std::vector<Joined> stacked(const std::vector<Joined>& tensors, const std::string& name) {
  Joined whole{.info = tensors.front().info, .parts = {}};
  whole.info.name = name;
  whole.info.shape.insert(whole.info.shape.begin(), int64_t(tensors.size()));
  for (const Joined& tensor : tensors) {
    require(tensor.info.shape == tensors.front().info.shape && tensor.info.dtype == whole.info.dtype,
            "--stack: {} is {} {}, but {} is {} {}", io::in_quotes(tensor.info.name), name_of(tensor.info.dtype),
            shape_text(tensor.info.shape), io::in_quotes(tensors.front().info.name), name_of(whole.info.dtype),
            shape_text(tensors.front().info.shape));
    whole.parts.insert(whole.parts.end(), tensor.parts.begin(), tensor.parts.end());
  }
  return {whole};
}

bool is_range(const Part& part) {
  // A range of the first axis: what follows it is whole.
  const std::vector<int64_t> whole = io::c_strides(part.tensor.shape);
  for (size_t a = 0; a < part.shape.size(); ++a)
    if ((a > 0 && part.shape[a] != part.tensor.shape[a]) || (part.shape[a] > 1 && part.strides[a] != whole[a]))
      return false;
  return true;
}

/// Whether the parts can be read in the writer's order without going back.
bool reads_forward(std::span<const io::TensorReader> inputs, const std::vector<const Joined*>& order) {
  std::map<size_t, uint64_t> passed;
  for (const Joined* tensor : order)
    for (const Part& part : tensor->parts) {
      if (inputs[part.input].random_access()) continue;
      const size_t size = size_of(part.tensor.dtype);
      const uint64_t begin = part.tensor.offset + uint64_t(part.first) * size;
      if (!is_range(part) || begin < passed[part.input]) return false;
      passed[part.input] = begin + uint64_t(element_count(part.shape)) * size;
    }
  return true;
}

/// Copies parts in chunks, cast on the way.
class Copier {
 public:
  Copier(std::span<io::TensorReader> inputs, io::TensorWriter& writer, array::Overflow overflow,
         const Progress& progress)
      : inputs_(inputs), writer_(writer), overflow_(overflow), progress_(progress) {}

  void copy(const Joined& tensor) {
    uint64_t first = 0;
    for (const Part& part : tensor.parts) {
      const uint64_t count = uint64_t(element_count(part.shape)), size = size_of(part.tensor.dtype);
      const uint64_t step = kChunk / size;
      const bool range = is_range(part);
      std::span<const std::byte> storage;
      if (!range && count > 0) storage = inputs_[part.input].map(part.tensor).subspan(uint64_t(part.first) * size);
      for (uint64_t done = 0; done < count; done += step) {
        const std::span<std::byte> chunk = sized(read_, std::min(step, count - done) * size);
        if (range)
          inputs_[part.input].read(part.tensor, (uint64_t(part.first) + done) * size, chunk);
        else
          io::gather(storage, part.shape, part.strides, size, done, chunk);
        write(tensor.info, part, chunk, first + done);
      }
      first += count;
    }
  }

 private:
  static std::span<std::byte> sized(std::vector<std::byte>& buffer, uint64_t bytes) {
    if (buffer.size() < bytes) buffer.resize(bytes);
    return std::span(buffer).first(bytes);
  }
  void write(const io::TensorInfo& to, const Part& part, std::span<const std::byte> chunk, uint64_t first) {
    std::span<const std::byte> bytes = chunk;
    if (to.dtype != part.tensor.dtype) {
      const std::span<std::byte> out = sized(cast_, chunk.size() / size_of(part.tensor.dtype) * size_of(to.dtype));
      in_context("tensor " + io::in_quotes(to.name),
                 [&] { array::cast(part.tensor.dtype, chunk, to.dtype, out, overflow_, first); });
      bytes = out;
    }
    writer_.write(to.name, bytes);
    done_ += chunk.size();
    if (progress_) progress_(int64_t(done_));
  }
  std::span<io::TensorReader> inputs_;
  io::TensorWriter& writer_;
  array::Overflow overflow_;
  const Progress& progress_;
  std::vector<std::byte> read_, cast_;
  uint64_t done_ = 0;
};

}  // namespace

void from_text(std::string_view text, Cast& cast) { athanor::from_text(after_pattern(text, cast.pattern), cast.dtype); }
std::string to_text(const Cast& cast) { return before(cast.pattern) + athanor::to_text(cast.dtype); }

void from_text(std::string_view text, Slice& slice) {
  const std::string_view ranges = after_pattern(text, slice.pattern);
  slice.ranges.clear();
  for (const std::string& range : split(ranges, ',')) slice.ranges.push_back(parse_range(range, text));
  if (slice.ranges.empty()) fail(ErrorKind::usage, "expected [REGEX=]A:B:STEP,…, got '{}'", text);
}
std::string to_text(const Slice& slice) {
  std::string text;
  for (const Range& range : slice.ranges) {
    text += text.empty() ? "" : ",";
    text += athanor::to_text(range.begin) + ":" + athanor::to_text(range.end);
    if (range.step != 1) text += ":" + athanor::to_text(range.step);
  }
  return before(slice.pattern) + text;
}

void ConversionOptions::fields(Fields& v) {
  selection.fields(v);
  v.many("--slice", slices, "keep these ranges of the leading axes, as Python writes them; of names in the output");
  v.many("--cast", casts,
         "convert to this element type, in PyTorch's name or safetensors' (bfloat16, BF16); alone, every tensor of "
         "floating-point type");
  v.opt("--saturate", saturate, "store the nearest value where --cast meets one that its type cannot hold");
  v.opt("--concat", concat, "join tensors of one name in several inputs along their first axis");
  v.opt("--stack", stack, "stack all tensors, in order, along a new first axis of one tensor of this name");
}

bool ConversionOptions::given() const {
  return !selection.include.empty() || !selection.exclude.empty() || !selection.rename.empty() || !slices.empty() ||
         !casts.empty() || saturate || concat || !stack.empty();
}

std::vector<Joined> plan(std::span<const io::TensorReader> inputs, const ConversionOptions& options) {
  std::vector<Joined> tensors;
  std::map<std::string, size_t, std::less<>> place;
  for (size_t i = 0; i < inputs.size(); ++i)
    for (const io::TensorInfo& tensor : inputs[i].layout().tensors) {
      const std::optional<std::string> name = options.selection(tensor.name);
      if (!name) continue;
      io::TensorInfo renamed = tensor;
      renamed.name = *name;
      Part part = part_of(i, renamed, options.slices);
      part.tensor.name = tensor.name;
      const DType dtype = type_after(options.casts, *name, tensor.dtype);
      const auto [it, fresh] = place.emplace(*name, tensors.size());
      if (!fresh) {
        require(options.concat, "two tensors are called {}; --rename tells them apart, --concat joins them",
                io::in_quotes(*name));
        join(tensors[it->second], std::move(part), dtype);
        continue;
      }
      tensors.push_back({.info = {.name = *name, .dtype = dtype, .shape = part.shape}, .parts = {std::move(part)}});
    }
  require(!tensors.empty(), "no tensor is left");
  return options.stack.empty() ? tensors : stacked(tensors, options.stack);
}

std::vector<io::TensorInfo> tensors_of(const std::vector<Joined>& plan) {
  std::vector<io::TensorInfo> tensors;
  for (const Joined& tensor : plan) tensors.push_back(tensor.info);
  return tensors;
}

int64_t bytes_of(const std::vector<Joined>& plan) {
  int64_t bytes = 0;
  for (const Joined& tensor : plan)
    for (const Part& part : tensor.parts) bytes += element_count(part.shape) * int64_t(size_of(part.tensor.dtype));
  return bytes;
}

io::Metadata metadata_of(std::span<const io::TensorReader> inputs) {
  io::Metadata metadata;
  for (const io::TensorReader& input : inputs) metadata.merge(io::Metadata(input.layout().metadata));
  return metadata;
}

io::History history_of(std::span<const io::TensorReader> inputs) {
  io::History history;
  for (const io::TensorReader& input : inputs) {
    const io::History lines = in_context(input.name(), [&] { return io::read_history(input.layout().metadata); });
    history.insert(history.end(), lines.begin(), lines.end());
  }
  return history;
}

void convert(std::span<io::TensorReader> inputs, const std::vector<Joined>& plan, io::TensorWriter& writer,
             array::Overflow overflow, const Progress& progress) {
  std::map<std::string_view, const Joined*> named;
  for (const Joined& tensor : plan) named.emplace(tensor.info.name, &tensor);
  std::vector<const Joined*> order;
  for (const io::TensorInfo& tensor : writer.layout().tensors) order.push_back(named.at(tensor.name));
  if (!reads_forward(inputs, order))
    for (io::TensorReader& input : inputs) input.spool();
  Copier copier(inputs, writer, overflow, progress);
  for (const Joined* tensor : order) copier.copy(*tensor);
  for (io::TensorReader& input : inputs) input.finish();
  writer.finish();
}

}  // namespace athanor::checkpoint
