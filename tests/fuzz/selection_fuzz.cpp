// What a command line says of tensors: regular expressions, new names, slices and types, and what they make of a file.
// A tab stands between the words. The file's names are short: a regular expression may take exponential time.
#include <algorithm>

#include "checkpoint/conversion.h"
#include "fuzz/laws.h"
#include "io/safetensors.h"

namespace athanor::fuzz {
namespace {

/// A word that is read is read alike from what it is written as.
template <class T>
void add(std::string_view word, std::vector<T>& values) {
  accepted([&] {
    T value;
    from_text(word, value);
    const std::string text = to_text(value);
    T again;
    from_text(text, again);
    must(to_text(again) == text, "a word that is written is read again");
    values.push_back(std::move(value));
    return true;
  });
}

std::vector<std::byte> example() {
  io::Layout layout{.tensors = {{.name = "a.w", .dtype = DType::f32, .shape = {4, 3}},
                                {.name = "a.b", .dtype = DType::f16, .shape = {4}},
                                {.name = "n", .dtype = DType::i64, .shape = {}}}};
  std::vector<std::byte> file = bytes_of(io::make_safetensors_header(layout));
  file.resize(file.size() + layout.payload_bytes(), std::byte{1});
  return file;
}

}  // namespace

void run(Bytes bytes) {
  static const std::vector<std::byte> file = example();
  if (bytes.size() > 512) return;
  const std::vector<std::string> words = split(text_of(bytes), '\t');
  checkpoint::ConversionOptions options;
  for (size_t i = 0; i < std::min<size_t>(words.size(), 8); ++i) {
    if (i % 4 == 0) add(words[i], options.slices);
    if (i % 4 == 1) add(words[i], options.casts);
    if (i % 4 == 2) add(words[i], options.selection.rename);
    if (i % 4 == 3) add(words[i], options.selection.exclude);
  }
  accepted([&] {
    std::vector<io::TensorReader> inputs;
    inputs.emplace_back(io::Input::memory(file, "example"));
    const std::vector<checkpoint::Joined> plan = checkpoint::plan(inputs, options);
    const HeldPipe pipe;
    io::TensorWriter writer({pipe.writing()}, io::Existing::replace, "safetensors", checkpoint::tensors_of(plan));
    checkpoint::convert(inputs, plan, writer, array::Overflow::refuse, {});
    writer.finish();
    return true;
  });
}

}  // namespace athanor::fuzz
