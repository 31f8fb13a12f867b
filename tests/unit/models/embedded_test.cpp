#include "models/embedded.h"

#include "io/history.h"
#include "io/tensor_reader.h"
#include "support/catch.h"

namespace athanor {

TEST_CASE("value: every embedded model is a whole safetensors file with a config") {
  REQUIRE(models::names() == std::vector<std::string>{"digits"});
  for (const std::string& name : models::names()) {
    const auto bytes = models::find(name);
    const io::TensorReader reader(io::Input::memory(bytes, name));
    CHECK(reader.layout().format == "safetensors");
    CHECK(reader.layout().header_bytes + reader.layout().payload_bytes() == bytes.size());
    CHECK(reader.layout().metadata.contains(std::string(io::kConfigKey)));
    CHECK(reinterpret_cast<uintptr_t>(bytes.data()) % 64 == 0);
  }
}

TEST_CASE("refusal: an unknown name has no bytes") {
  CHECK(models::find("").empty());
  CHECK(models::find("digit").empty());
  CHECK(models::find("digits.safetensors").empty());
}

}  // namespace athanor
