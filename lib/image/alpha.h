// What becomes of transparent pixels.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "image/bitmap.h"

namespace athanor::image {

/// refuse, keep, white, black or #RRGGBB.
struct AlphaPolicy {
  enum class Kind { refuse, keep, flatten } kind = Kind::refuse;
  std::array<uint8_t, 3> background{};  ///< for flatten: R, G, B
};
/// Throws Error{usage}.
void from_text(std::string_view text, AlphaPolicy& policy);
std::string to_text(const AlphaPolicy& policy);
inline std::string metavar(const AlphaPolicy&) { return "POLICY"; }

/// The image without its alpha channel, or with it under `keep`. An alpha channel that is opaque everywhere is dropped
/// under the other policies: nothing is lost. `flatten` blends the stored numbers, α·x + (1−α)·background rounded to
/// nearest; grey stays grey on a grey background and becomes RGB on any other. Throws Error{data} under `refuse` for an
/// image with a transparent pixel.
Bitmap apply_alpha(Bitmap bitmap, const AlphaPolicy& policy);

}  // namespace athanor::image
