// Numbers, lists, sizes and colours as words of a command line.
#include "core/dtype.h"
#include "core/text.h"
#include "fuzz/laws.h"
#include "image/alpha.h"

namespace athanor::fuzz {
namespace {

template <class T>
void check_word(std::string_view word) {
  accepted([&] {
    T value;
    from_text(word, value);
    const std::string text = to_text(value);
    T again;
    from_text(text, again);
    must(to_text(again) == text, "a word that is written is read again");
    return true;
  });
}

}  // namespace

void run(Bytes bytes) {
  const std::string_view word = text_of(bytes);
  check_word<int64_t>(word);
  check_word<uint64_t>(word);
  check_word<double>(word);
  check_word<std::vector<double>>(word);
  check_word<IndexList>(word);
  check_word<Shard>(word);
  check_word<Extent>(word);
  check_word<ByteSize>(word);
  check_word<DType>(word);
  check_word<image::AlphaPolicy>(word);
}

}  // namespace athanor::fuzz
