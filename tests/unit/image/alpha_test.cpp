#include "image/alpha.h"

#include "support/files.h"

namespace athanor::image {
namespace {

using athanor::test::content_of;
using athanor::test::error_of;

AlphaPolicy policy(std::string_view text) {
  AlphaPolicy policy;
  from_text(text, policy);
  return policy;
}

Bitmap fixture(const std::string& name) {
  const std::string content = content_of(std::string(ATHANOR_TEST_DATA) + "/images/" + name);
  return decode(std::as_bytes(std::span(content)));
}

TEST_CASE("alpha value: the words of --alpha") {
  for (const char* word : {"refuse", "keep", "white", "black", "#1a2b3c"}) CHECK(to_text(policy(word)) == word);
  CHECK(to_text(policy("#FFFFFF")) == "white");
  CHECK(to_text(AlphaPolicy{}) == "refuse");
  for (const char* word : {"", "pink", "#12345", "#1234567", "#12345g", "123456#"})
    CHECK(error_of([&] { policy(word); }).what() ==
          fmt::format("expected refuse, keep, white, black or #RRGGBB, got '{}'", word));
}

TEST_CASE("alpha reference: on a colour as Pillow's alpha_composite puts it") {
  CHECK(apply_alpha(fixture("ramp.png"), policy("white")).samples == fixture("ramp-on-white.png").samples);
  CHECK(apply_alpha(fixture("ramp.png"), policy("#2040c1")).samples == fixture("ramp-on-colour.png").samples);
}

TEST_CASE("alpha law: 16 bits blend as 8 do") {
  Bitmap bitmap{.height = 1, .width = 3, .channels = 2, .samples = {}, .depth = 16};
  bitmap.samples.resize(12);
  const uint16_t values[] = {1000, 0, 1000, 65535, 65535, 32768};
  for (int i = 0; i < 6; ++i) bitmap.set(i, values[i]);
  const Bitmap black = apply_alpha(bitmap, policy("black")), white = apply_alpha(bitmap, policy("white"));
  CHECK(black.channels == 1);
  CHECK(black.get(0) == 0);
  CHECK(black.get(1) == 1000);
  CHECK(black.get(2) == 32768);
  CHECK(white.get(0) == 65535);
  CHECK(white.get(1) == 1000);
  CHECK(white.get(2) == 65535);
  const Bitmap red = apply_alpha(bitmap, policy("#ff0000"));
  REQUIRE(red.channels == 3);
  CHECK(red.get(0) == 65535);
  CHECK(red.get(1) == 0);
  CHECK(red.get(3) == 1000);
  CHECK(red.get(8) == 32768);
}

TEST_CASE("alpha identity: an opaque channel is dropped but when it is kept, and images without one are left") {
  const Bitmap rgb = fixture("rgb.png"), opaque = fixture("opaque.png");
  REQUIRE(opaque.channels == 4);
  for (const char* word : {"refuse", "white", "black", "#123456"}) {
    CHECK(apply_alpha(opaque, policy(word)).samples == rgb.samples);
    CHECK(apply_alpha(rgb, policy(word)).samples == rgb.samples);
  }
  CHECK(apply_alpha(opaque, policy("keep")).channels == 4);
  CHECK(apply_alpha(fixture("grey-alpha.png"), policy("keep")).channels == 2);
  const Error error = error_of([&] { apply_alpha(fixture("grey-alpha.png"), {}); });
  CHECK(std::string(error.what()).find("--alpha") != std::string::npos);
}

}  // namespace
}  // namespace athanor::image
