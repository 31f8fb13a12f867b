#include "core/version.h"

namespace athanor {

std::string_view version() { return ATHANOR_VERSION; }

}  // namespace athanor
