#include "io/pt.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/text.h"
#include "io/little_endian.h"
#include "io/pickle.h"
#include "io/spool.h"

namespace athanor::io {
namespace {

using Kind = PickleNode::Kind;

constexpr size_t kAxesLimit = 64;
constexpr size_t kDepthLimit = 64;
constexpr uint64_t kExpandedLimit = uint64_t{1} << 32;  // bytes of a tensor that repeats its elements
constexpr uint64_t kPathLimit = uint64_t{1} << 28;      // bytes of all names and metadata, each with its map's node

/// PyTorch's two names of an element type: of its typed storage, where there is one, and of itself.
struct TypeName {
  DType dtype;
  std::string_view storage, name;
};
constexpr std::array<TypeName, 15> kTypes{{{DType::f64, "torch.DoubleStorage", "torch.float64"},
                                           {DType::f32, "torch.FloatStorage", "torch.float32"},
                                           {DType::f16, "torch.HalfStorage", "torch.float16"},
                                           {DType::bf16, "torch.BFloat16Storage", "torch.bfloat16"},
                                           {DType::i64, "torch.LongStorage", "torch.int64"},
                                           {DType::i32, "torch.IntStorage", "torch.int32"},
                                           {DType::i16, "torch.ShortStorage", "torch.int16"},
                                           {DType::i8, "torch.CharStorage", "torch.int8"},
                                           {DType::u8, "torch.ByteStorage", "torch.uint8"},
                                           {DType::boolean, "torch.BoolStorage", "torch.bool"},
                                           {DType::u64, "", "torch.uint64"},
                                           {DType::u32, "", "torch.uint32"},
                                           {DType::u16, "", "torch.uint16"},
                                           {DType::f8_e4m3, "", "torch.float8_e4m3fn"},
                                           {DType::f8_e5m2, "", "torch.float8_e5m2"}}};
constexpr std::string_view kUntyped = "torch.storage.UntypedStorage", kTensor = "torch._utils._rebuild_tensor_v2",
                           kTypedTensor = "torch._utils._rebuild_tensor_v3",
                           kParameter = "torch._utils._rebuild_parameter", kOrderedDict = "collections.OrderedDict",
                           kSize = "torch.Size";

std::optional<DType> type_of_storage(std::string_view storage) {
  const auto it =
      std::ranges::find_if(kTypes, [&](const TypeName& t) { return !t.storage.empty() && t.storage == storage; });
  return it == kTypes.end() ? std::nullopt : std::optional(it->dtype);
}
std::optional<DType> type_of_name(std::string_view name) {
  const auto it = std::ranges::find(kTypes, name, &TypeName::name);
  return it == kTypes.end() ? std::nullopt : std::optional(it->dtype);
}

bool allowed(std::string_view name) {
  return type_of_storage(name) || type_of_name(name) || name == kUntyped || name == kTensor || name == kTypedTensor ||
         name == kParameter || name == kOrderedDict || name == kSize;
}

[[noreturn]] void damaged(std::string_view what) { fail(ErrorKind::data, "the pickle is damaged: {}", what); }

/// Turns the pickle's tree into tensors with names.
class Flattener {
 public:
  Flattener(const Pickle& pickle, const Input& archive, const ZipDirectory& directory, const std::string& folder)
      : pickle_(pickle), archive_(archive), folder_(folder) {
    for (const ZipEntry& entry : directory.entries) entries_.emplace(entry.name, &entry);
    if (const ZipEntry* order = find("byteorder")) {
      std::array<char, 16> text{};
      Input input = open_entry(archive, *order);
      const std::string_view word(text.data(), input.read_full(std::as_writable_bytes(std::span(text))));
      require(word == "little" || word == "big", "the record 'byteorder' says neither little nor big");
      big_endian_ = word == "big";
    }
  }

  TensorFile run() {
    visit(pickle_.root, "", 0);
    file_.layout.format = "pt";
    return std::move(file_);
  }

 private:
  const ZipEntry* find(const std::string& record) const {
    const auto it = entries_.find(folder_ + record);
    return it == entries_.end() ? nullptr : it->second;
  }
  const PickleNode& node(uint32_t i, Kind kind, std::string_view what) const {
    if (pickle_.at(i).kind != kind) damaged(what);
    return pickle_.at(i);
  }

  void visit(uint32_t i, const std::string& path, size_t depth) {
    require(depth < kDepthLimit, "the pickle is nested too deeply");
    const PickleNode& n = pickle_.at(i);
    // A container that is met on several ways is read on each, and small pickles can describe many ways.
    spent_ += 64 + path.size() + n.text.size();
    require(spent_ <= kPathLimit, "the pickle repeats its parts too often");
    switch (n.kind) {
      case Kind::none:
      case Kind::bytes:
      case Kind::name: return;
      case Kind::boolean: return keep(path, n.integer != 0 ? "true" : "false");
      case Kind::integer: return keep(path, n.text.empty() ? athanor::to_text(n.integer) : n.text);
      case Kind::real: return keep(path, athanor::to_text(n.real));
      case Kind::text: return keep(path, n.text);
      case Kind::tuple:
      case Kind::list:
        for (size_t k = 0; k < n.items.size(); ++k)
          visit(n.items[k], join(path, athanor::to_text(int64_t(k))), depth + 1);
        return;
      case Kind::dict: return visit_dict(n, path, depth);
      case Kind::call: return visit_call(n, path, depth);
      case Kind::persistent: damaged("a storage stands where a value should be");
    }
  }
  static std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }
  void keep(const std::string& path, const std::string& value) { file_.layout.metadata[path] = value; }

  void visit_dict(const PickleNode& n, const std::string& path, size_t depth) {
    for (size_t k = 0; k + 1 < n.items.size(); k += 2) {
      const PickleNode& key = pickle_.at(n.items[k]);
      if (key.kind != Kind::text && key.kind != Kind::integer) damaged("a key is neither text nor a number");
      const bool small = key.kind == Kind::integer && key.text.empty();
      visit(n.items[k + 1], join(path, small ? athanor::to_text(key.integer) : key.text), depth + 1);
    }
  }

  void visit_call(const PickleNode& n, const std::string& path, size_t depth) {
    const std::string& function = pickle_.at(n.function).text;
    const PickleNode& arguments = pickle_.at(n.arguments);
    if (function == kOrderedDict) {
      if (n.items.size() % 2 != 0) damaged("a key lacks its value");
      return visit_dict(n, path, depth);
    }
    if (function == kSize) return;
    if (function == kParameter) {
      if (arguments.items.empty()) damaged("a parameter lacks its tensor");
      return visit(arguments.items[0], path, depth + 1);
    }
    if (function != kTensor && function != kTypedTensor) damaged("it calls " + in_quotes(function));
    add_tensor(arguments, function == kTypedTensor, path.empty() ? "tensor" : path);
  }

  int64_t whole_number(uint32_t i) const {
    const PickleNode& n = node(i, Kind::integer, "a tensor's shape, strides or offset is no number");
    if (!n.text.empty() || n.integer < 0) damaged("a tensor's shape, strides or offset is negative or beyond 2^63");
    return n.integer;
  }
  std::vector<int64_t> numbers(uint32_t i) const {
    std::vector<int64_t> values;
    const PickleNode* n = &pickle_.at(i);
    if (n->kind == Kind::call && pickle_.at(n->function).text == kSize && pickle_.at(n->arguments).items.size() == 1)
      n = &pickle_.at(pickle_.at(n->arguments).items[0]);
    if (n->kind != Kind::tuple || n->items.size() > kAxesLimit)
      damaged("a tensor's shape or strides are no tuple of numbers");
    for (const uint32_t item : n->items) {
      values.push_back(whole_number(item));
    }
    return values;
  }

  /// (storage, offset, size, stride, requires_grad, hooks), and for the third form the element type.
  void add_tensor(const PickleNode& arguments, bool typed, const std::string& name) {
    if (arguments.items.size() < (typed ? 7u : 6u)) damaged("a tensor lacks arguments");
    std::optional<DType> dtype;
    if (typed) dtype = type_of_name(node(arguments.items[6], Kind::name, "a tensor's type is no name").text);
    const std::pair<size_t, uint64_t> storage = storage_of(arguments.items[0], dtype);
    const int64_t offset = whole_number(arguments.items[1]);
    TensorInfo tensor{.name = name, .dtype = *dtype, .shape = numbers(arguments.items[2])};
    std::vector<int64_t> strides = numbers(arguments.items[3]);
    if (strides.size() != tensor.shape.size()) damaged("a tensor's shape and strides differ in length");
    in_context("tensor " + in_quotes(name),
               [&] { place(std::move(tensor), storage.first, storage.second, offset, std::move(strides)); });
  }
  void place(TensorInfo tensor, size_t source, uint64_t storage, int64_t offset, std::vector<int64_t> strides) {
    const size_t size = size_of(tensor.dtype);
    const uint64_t bytes = byte_count(tensor.dtype, tensor.shape), reach = strided_bytes(tensor.shape, strides, size);
    uint64_t start = 0;
    require(!__builtin_mul_overflow(uint64_t(offset), uint64_t(size), &start), "its offset is impossible");
    for (size_t a = 0; a < strides.size(); ++a)
      if (tensor.shape[a] <= 1) strides[a] = 0;  // never used, but nothing bounds them
    require(reach <= storage && start <= storage - reach, "needs bytes {} to {} of a storage of {}", start,
            start + reach, storage);
    require(bytes <= storage || bytes <= kExpandedLimit, "repeats the elements of {} bytes up to {}", storage, bytes);
    require(names_.insert(tensor.name).second, "the name is there twice");
    const bool simple = is_c_order(tensor.shape, strides);
    file_.places.push_back({.source = source,
                            .offset = start,
                            .strides = simple ? std::vector<int64_t>{} : std::move(strides),
                            .big_endian = big_endian_ && size > 1});
    file_.layout.tensors.push_back(std::move(tensor));
  }

  /// ("storage", type, key, device, elements): the source that holds it, and its bytes. Sets the type if it says one.
  std::pair<size_t, uint64_t> storage_of(uint32_t i, std::optional<DType>& dtype) {
    const PickleNode& id = pickle_.at(node(i, Kind::persistent, "a tensor lacks its storage").arguments);
    if (id.kind != Kind::tuple || id.items.size() < 5) damaged("a storage is not described");
    const std::string& type = node(id.items[1], Kind::name, "a storage has no type").text;
    const std::string& key = node(id.items[2], Kind::text, "a storage has no key").text;
    if (!dtype) dtype = type_of_storage(type);
    require(dtype.has_value(), "a storage of the type {} is not supported", in_quotes(type));
    const ZipEntry* entry = find("data/" + key);
    require(entry != nullptr, "the storage {} is missing", in_quotes(key));
    const auto [it, fresh] = source_of_key_.emplace(key, file_.sources.size());
    if (fresh) {
      file_.sources.push_back({.input = open_entry(archive_, *entry)});
      if (entry->deflated)
        file_.sources.back().reopen = [whole = std::make_shared<Input>(archive_.part(0, archive_.mapped().size())),
                                       copy = *entry] { return open_entry(*whole, copy); };
    }
    return {it->second, entry->size};
  }

  const Pickle& pickle_;
  const Input& archive_;
  std::string folder_;
  std::map<std::string_view, const ZipEntry*, std::less<>> entries_;
  std::map<std::string, size_t> source_of_key_;
  std::set<std::string> names_;
  bool big_endian_ = false;
  uint64_t spent_ = 0;  ///< of kPathLimit
  TensorFile file_;
};

const ZipEntry* pickle_of(const ZipDirectory& directory) {
  const auto it = std::ranges::find_if(directory.entries, [](const ZipEntry& entry) {
    return entry.name == "data.pkl" || (entry.name.ends_with("/data.pkl") && std::ranges::count(entry.name, '/') == 1);
  });
  return it == directory.entries.end() ? nullptr : &*it;
}

// Writing, in protocol 2.

std::string pickled(int64_t value) {
  if (value >= 0 && value < 256) return "K" + little_endian(uint64_t(value), 1);
  if (value >= INT32_MIN && value <= INT32_MAX) return "J" + little_endian(uint64_t(value), 4);
  return "\x8a\x08" + little_endian(uint64_t(value), 8);
}
std::string pickled(std::string_view text) { return "X" + little_endian(text.size(), 4) + std::string(text); }
std::string pickled_tuple(std::span<const int64_t> values) {
  std::string text = "(";
  for (const int64_t value : values) text += pickled(value);
  return text + "t";
}
std::string pickled_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  return fmt::format("c{}\n{}\n", name.substr(0, dot), name.substr(dot + 1));
}

std::string pickled_tensor(const TensorInfo& tensor, size_t key) {
  const TypeName& type = *std::ranges::find(kTypes, tensor.dtype, &TypeName::dtype);
  const bool typed = !type.storage.empty();
  const int64_t size = typed ? tensor.elements() : int64_t(tensor.bytes());
  std::string text = pickled_name(typed ? kTensor : kTypedTensor) + "((" + pickled("storage") +
                     pickled_name(typed ? type.storage : kUntyped) + pickled(athanor::to_text(int64_t(key))) +
                     pickled("cpu") + pickled(size) + "tQ" + pickled(0) + pickled_tuple(tensor.shape) +
                     pickled_tuple(c_strides(tensor.shape)) + "\x89" + pickled_name(kOrderedDict) + ")R";
  if (!typed) text += pickled_name(type.name);
  return text + "tR";
}

}  // namespace

bool is_pt(const ZipDirectory& directory) { return pickle_of(directory) != nullptr; }

bool looks_like_old_pt(std::span<const std::byte> head) {
  constexpr std::array<uint8_t, 6> kStart{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc};
  return head.size() >= kStart.size() &&
         std::ranges::equal(kStart, head.first(kStart.size()), {}, [](uint8_t b) { return std::byte(b); });
}

TensorFile open_pt(const Input& archive, const ZipDirectory& directory) {
  const ZipEntry& entry = *pickle_of(directory);
  const std::string folder = entry.name.substr(0, entry.name.size() - std::string_view("data.pkl").size());
  require(directory.find(folder + "constants.pkl") == nullptr,
          "a TorchScript program, not a file of tensors: save its state_dict() instead");
  require(entry.size <= kPickleLimit, "the pickle has {} bytes, more than the limit of {}", entry.size, kPickleLimit);
  const Input input = in_memory(open_entry(archive, entry));
  input.check_mapped();
  const Pickle pickle = read_pickle(input.mapped(), allowed);
  return Flattener(pickle, archive, directory, folder).run();
}

std::string make_pt_pickle(const std::vector<TensorInfo>& tensors) {
  std::string text = "\x80\x02}(";
  for (size_t i = 0; i < tensors.size(); ++i) text += pickled(tensors[i].name) + pickled_tensor(tensors[i], i);
  return text + "u.";
}

}  // namespace athanor::io
