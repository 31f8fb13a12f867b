// Metadata: the history that a file carries, and the comment of a zip archive.
#include "fuzz/laws.h"
#include "io/history.h"
#include "io/zip.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  const std::string text(text_of(bytes));
  const auto history = accepted([&] { return io::read_history({{std::string(io::kHistoryKey), text}}); });
  if (history) {
    io::Metadata metadata;
    io::write_history(*history, metadata);
    must(io::read_history(metadata) == *history, "a history that is written is read again");
  }
  io::Metadata metadata, again;
  io::read_comment(text, metadata);
  const auto comment = accepted([&] { return io::make_comment(metadata); });
  if (comment) io::read_comment(*comment, again);
  must(!comment || again == metadata, "metadata in a comment are read again");
}

}  // namespace athanor::fuzz
