#include "cosine/agreement.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

#include "array/blocks.h"
#include "core/parallel.h"

namespace athanor::cosine {
namespace {

using array::Products;

constexpr uint64_t kChunk = 1 << 16;       // elements that a thread takes at once
constexpr uint64_t kMostPieces = 1 << 17;  // held at a time
constexpr uint64_t kMostChunks = 1 << 12;

/// A tensor of each side.
struct Row {
  std::string name;
  io::TensorInfo a, b, third;
};

/// One after another, in the order of their numbers.
class Turns {
 public:
  template <class Work>
  void take(int64_t number, Work work) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ == number; });
    const Pass pass{*this};
    work();
  }

 private:
  /// The next one's turn comes also when this one fails.
  struct Pass {
    Turns& turns;
    ~Pass() {
      ++turns.next_;
      turns.changed_.notify_all();
    }
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t next_ = 0;
};

/// Products of the groups that a chunk meets; the first and the last may go on outside of it.
struct Chunk {
  std::vector<Products> pieces;
  array::Ratios ratios{std::numeric_limits<double>::infinity(), 0};
};

class Comparer {
 public:
  Comparer(const Sides& sides, const Options& options, Agreement& found,
           const std::function<void(const GroupName&, const Products&)>& each, const Progress& progress)
      : sides_(sides),
        options_(options),
        found_(found),
        each_(each),
        progress_(progress),
        threads_(thread_count(options.threads)) {}

  void compare(const Row& row) {
    Part& part = part_of(row.name);
    const auto count = uint64_t(row.a.elements()), length = options_.grouping.length(row.a.shape);
    const bool elements = options_.grouping.kind == Grouping::Kind::element;
    const uint64_t step = elements ? kChunk : length;
    const uint64_t wave =
        kChunk * std::clamp<uint64_t>(kMostPieces / (kChunk / std::min(step, kChunk)), uint64_t(threads_), kMostChunks);
    Products group;
    for (uint64_t first = 0; first < count; first += wave) {
      const uint64_t n = std::min(wave, count - first);
      const std::vector<Chunk> chunks = work(row, first, n, step);
      for (size_t i = 0; i < chunks.size(); ++i) {
        uint64_t at = first + i * kChunk;
        for (const Products& piece : chunks[i].pieces) {
          at += piece.count + piece.not_finite;
          part.products.merge(piece);
          if (elements) {
            part.profile.add_elements(piece, chunks[i].ratios, {row.name});
          } else if (options_.grouping.within_tensors()) {
            group.merge(piece);
            if (at % length != 0 && at != count) continue;
            add_group(part, {row.name, (at - 1) / length}, group);
            group = {};
          }
        }
      }
      passed_ += n * size_of(row.a.dtype);
      if (progress_) progress_(int64_t(passed_));
    }
  }
  /// Parts that are groups themselves are known at the end.
  void finish() {
    for (Part& part : found_.parts) {
      if (!options_.grouping.within_tensors()) add_group(part, {part.name}, part.products);
      found_.whole.merge(part.products);
      found_.profile.merge(part.profile);
    }
  }

 private:
  Part& part_of(const std::string& tensor) {
    const std::string name = options_.grouping.within_tensors() ? tensor : options_.grouping.group_of(tensor);
    const auto [place, fresh] = numbers_.emplace(name, found_.parts.size());
    if (fresh) found_.parts.push_back({.name = name, .products = {}, .profile = {}});
    return found_.parts[place->second];
  }
  void add_group(Part& part, const GroupName& name, const Products& group) {
    part.profile.add(group, name);
    if (group.norm_x() > 0 && group.norm_y() > 0) found_.cosines.add(group.cosine());
    if (each_) each_(name, group);
  }

  std::vector<Chunk> work(const Row& row, uint64_t first, uint64_t n, uint64_t length) {
    std::vector<Chunk> chunks((n + kChunk - 1) / kChunk);
    Turns turns;
    in_parallel(int64_t(chunks.size()), threads_, [&](int64_t i) {
      const uint64_t begin = first + uint64_t(i) * kChunk, size = std::min(kChunk, first + n - begin);
      static thread_local std::vector<std::byte> a, b, third;
      turns.take(i, [&] {
        read(sides_.a, row.a, begin, size, a);
        read(sides_.b, row.b, begin, size, b);
        if (io::TensorReader* reader = sides_.base ? sides_.base : sides_.update)
          read(*reader, row.third, begin, size, third);
      });
      chunks[size_t(i)] = products_of(row, a, b, third, begin, size, length);
    });
    return chunks;
  }
  static void read(io::TensorReader& reader, const io::TensorInfo& tensor, uint64_t first, uint64_t n,
                   std::vector<std::byte>& bytes) {
    const size_t size = size_of(tensor.dtype);
    bytes.resize(n * size);
    reader.read(tensor, first * size, bytes);
  }

  Chunk products_of(const Row& row, std::span<const std::byte> a, std::span<const std::byte> b,
                    std::span<const std::byte> third, uint64_t first, uint64_t n, uint64_t length) const {
    Chunk chunk;
    for (uint64_t i = 0; i < n;) {
      const uint64_t end = std::min(n, i + length - (first + i) % length);
      Products& piece = chunk.pieces.emplace_back();
      for (; i < end; i += std::min<uint64_t>(array::kBlock, end - i)) {
        const size_t size = std::min<uint64_t>(array::kBlock, end - i);
        std::array<double, array::kBlock> x, y;
        sides_of(row, a, b, third, i, std::span(x).first(size), std::span(y).first(size));
        if (options_.grouping.kind == Grouping::Kind::element) {
          const array::Ratios more = array::ratios({x.data(), size}, {y.data(), size});
          chunk.ratios = {std::min(chunk.ratios.least, more.least), std::max(chunk.ratios.greatest, more.greatest)};
        }
        piece.add({x.data(), size}, {y.data(), size});
      }
    }
    return chunk;
  }
  /// Elements from `first` on of what is compared.
  void sides_of(const Row& row, std::span<const std::byte> a, std::span<const std::byte> b,
                std::span<const std::byte> third, uint64_t first, std::span<double> x, std::span<double> y) const {
    const auto load = [&](const io::TensorInfo& tensor, std::span<const std::byte> bytes, std::span<double> out) {
      array::load(tensor.dtype, bytes.data() + first * size_of(tensor.dtype), out);
    };
    load(row.a, a, x);
    load(row.b, b, y);
    if (!sides_.base && !sides_.update) return;
    std::array<double, array::kBlock> numbers;
    load(row.third, third, std::span(numbers).first(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double before = x[i];
      x[i] = sides_.base ? before - numbers[i] : y[i] - before;
      y[i] = sides_.base ? y[i] - numbers[i] : numbers[i];
    }
  }

  const Sides& sides_;
  const Options& options_;
  Agreement& found_;
  const std::function<void(const GroupName&, const Products&)>& each_;
  const Progress& progress_;
  int64_t threads_;
  std::map<std::string, size_t> numbers_;
  uint64_t passed_ = 0;
};

/// The two tensors of one file.
Row both_of(io::TensorReader& reader) {
  const std::vector<io::TensorInfo>& tensors = reader.layout().tensors;
  require(tensors.size() == 2, "{} holds {} tensors: where B is not given, A must hold the two to compare",
          reader.name(), tensors.size());
  require(tensors[0].shape == tensors[1].shape, "{}: {} is {}, and {} is {}", reader.name(),
          io::in_quotes(tensors[0].name), shape_text(tensors[0].shape), io::in_quotes(tensors[1].name),
          shape_text(tensors[1].shape));
  reader.spool();
  return {tensors[0].name + ", " + tensors[1].name, tensors[0], tensors[1], {}};
}

/// The tensors that can be compared; the others go to `out`.
std::vector<Row> rows_of(const Sides& sides, const Options& options, LeftOut& out) {
  if (&sides.a == &sides.b) return {both_of(sides.a)};
  const checkpoint::Pairing pairing = checkpoint::pair_up(sides.a, sides.b, options.selection);
  out.only_a = pairing.only_a;
  out.only_b = pairing.only_b;
  io::TensorReader* third = sides.base ? sides.base : sides.update;
  std::map<std::string, io::TensorInfo> thirds;
  if (third)
    for (const checkpoint::Pair& pair : checkpoint::pair_up(sides.a, *third, options.selection).pairs)
      thirds.emplace(pair.name, pair.b);
  std::vector<Row> rows;
  for (const checkpoint::Pair& pair : pairing.pairs) {
    const auto other = thirds.find(pair.name);
    const auto real = [](const io::TensorInfo& tensor) { return is_floating_point(tensor.dtype); };
    if (third && other == thirds.end())
      out.lacking.push_back(pair.a);
    else if (!pair.same_shape() || (third && other->second.shape != pair.a.shape))
      out.shapes.push_back(pair);
    else if (!options.integers && !(real(pair.a) && real(pair.b)))
      out.integers.push_back(pair);
    else
      rows.push_back({pair.name, pair.a, pair.b, third ? other->second : io::TensorInfo{}});
  }
  return rows;
}

}  // namespace

Agreement compare(const Sides& sides, const Options& options,
                  const std::function<void(const GroupName&, const Products&)>& each, const Progress& progress) {
  Agreement found;
  const std::vector<Row> rows = rows_of(sides, options, found.left_out);
  require(!rows.empty(), "{} and {} have no tensor in common that can be compared{}", sides.a.name(), sides.b.name(),
          found.left_out.integers.empty() ? "" : "; --integers compares whole numbers too");
  Comparer comparer(sides, options, found, each, progress);
  for (const Row& row : rows) comparer.compare(row);
  comparer.finish();
  for (io::TensorReader* reader : {&sides.a, &sides.b, sides.base, sides.update})
    if (reader) reader->finish();
  require(found.whole.count > 0, "{} and {} have no finite numbers in common", sides.a.name(), sides.b.name());
  return found;
}

}  // namespace athanor::cosine
