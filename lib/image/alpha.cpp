#include "image/alpha.h"

#include "core/check.h"

namespace athanor::image {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_opaque(const Bitmap& bitmap) {
  for (int64_t i = bitmap.channels - 1; i < bitmap.count(); i += bitmap.channels)
    if (bitmap.get(i) != bitmap.max()) return false;
  return true;
}

bool is_grey(const std::array<uint8_t, 3>& colour) { return colour[0] == colour[1] && colour[1] == colour[2]; }

/// An opaque image is the same on every background.
Bitmap flattened(const Bitmap& bitmap, const std::array<uint8_t, 3>& background, int64_t channels) {
  Bitmap out = blank("flattened", bitmap.height, bitmap.width, channels, bitmap.depth);
  const int64_t max = bitmap.max(), widen = max / 255;
  for (int64_t i = 0; i < bitmap.height * bitmap.width; ++i) {
    const int64_t first = i * bitmap.channels, alpha = bitmap.get(first + bitmap.channels - 1);
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t over = bitmap.get(first + (bitmap.channels == 4 ? c : 0)), under = background[c] * widen;
      out.set(i * channels + c, uint16_t((alpha * over + (max - alpha) * under + max / 2) / max));
    }
  }
  return out;
}

}  // namespace

void from_text(std::string_view text, AlphaPolicy& policy) {
  using Kind = AlphaPolicy::Kind;
  if (text == "refuse") return void(policy = {Kind::refuse, {}});
  if (text == "keep") return void(policy = {Kind::keep, {}});
  if (text == "black") return void(policy = {Kind::flatten, {}});
  if (text == "white") return void(policy = {Kind::flatten, {255, 255, 255}});
  bool good = text.size() == 7 && text[0] == '#';
  for (size_t i = 1; good && i < text.size(); ++i) good = hex_digit(text[i]) >= 0;
  if (!good) fail(ErrorKind::usage, "expected refuse, keep, white, black or #RRGGBB, got '{}'", text);
  policy.kind = Kind::flatten;
  for (size_t c = 0; c < 3; ++c)
    policy.background[c] = uint8_t(16 * hex_digit(text[2 * c + 1]) + hex_digit(text[2 * c + 2]));
}

std::string to_text(const AlphaPolicy& policy) {
  if (policy.kind == AlphaPolicy::Kind::refuse) return "refuse";
  if (policy.kind == AlphaPolicy::Kind::keep) return "keep";
  const auto [r, g, b] = policy.background;
  if (is_grey(policy.background) && (r == 0 || r == 255)) return r == 0 ? "black" : "white";
  return fmt::format("#{:02x}{:02x}{:02x}", r, g, b);
}

Bitmap apply_alpha(Bitmap bitmap, const AlphaPolicy& policy) {
  if (!bitmap.has_alpha() || policy.kind == AlphaPolicy::Kind::keep) return bitmap;
  const int64_t colours = bitmap.channels - 1;
  if (is_opaque(bitmap)) return flattened(bitmap, {}, colours);
  require(
      policy.kind == AlphaPolicy::Kind::flatten,
      "image has transparent pixels; --alpha white, black or #RRGGBB puts them on a colour, --alpha keep keeps them");
  return flattened(bitmap, policy.background, is_grey(policy.background) ? colours : 3);
}

}  // namespace athanor::image
