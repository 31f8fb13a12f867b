#include "image/plot.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "core/error.h"
#include "image/bitmap.h"
#include "support/catch.h"
#include "support/files.h"

namespace athanor::image {
namespace {

namespace fs = std::filesystem;

const std::vector<Series> kCurves{{"it's <a_b>", {{0, 1}, {1, 0.1}, {2, 0.01}}}, {"nothing", {}}};

TEST_CASE("plot value: an SVG names its series, a PNG decodes") {
  const test::TempFolder folder;
  std::string remarked;
  const Remark remark = [&](std::string_view line) { remarked = line; };
  const std::string svg = folder / "a.svg", png = folder / "a.png";
  plot(svg, {.title = "loss", .x_label = "x", .y_label = "y", .log_y = true}, kCurves, remark);
  plot(png, {.title = "cloud", .x_label = "", .y_label = "", .scatter = true}, kCurves, remark);
  if (remarked.find("not installed") != std::string::npos) return;
  CHECK(remarked == "");
  CHECK(test::content_of(svg).find("it's &lt;a_b") != std::string::npos);
  CHECK(test::content_of(svg).ends_with("</svg>\n\n"));
  const std::string bytes = test::content_of(png);
  CHECK(decode(std::as_bytes(std::span(bytes))).channels == 3);
  CHECK(folder.names().size() == 2);
}

TEST_CASE("plot limit: without a point to show, a remark and no file") {
  const test::TempFolder folder;
  std::string remarked;
  const std::string svg = folder / "a.svg";
  const std::vector<Series> empty{{"n", {{std::numeric_limits<double>::quiet_NaN(), 1}}}};
  plot(svg, {}, empty, [&](std::string_view line) { remarked = line; });
  CHECK(remarked == svg + ": no plot is drawn: there is no point to show");
  plot(svg, {}, empty, nullptr);
  CHECK_FALSE(fs::exists(svg));
}

TEST_CASE("plot limit: one point, and a curve that does not rise, are drawn") {
  const test::TempFolder folder;
  for (const bool log_y : {false, true})
    for (const size_t points : {1, 3}) {
      Series flat{"flat", {}};
      for (size_t i = 0; i < points; ++i) flat.points.emplace_back(double(i), 2.0);
      const std::string svg = folder / fmt::format("{}{}.svg", log_y, points);
      PlotOptions options;
      options.log_y = log_y;
      std::string remarked;
      plot(svg, options, std::span(&flat, 1), [&](std::string_view line) { remarked = line; });
      if (remarked.find("not installed") == std::string::npos) CHECK(fs::exists(svg));
    }
}

TEST_CASE("plot limit: without gnuplot, a remark and no file") {
  const test::TempFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", (folder / "").c_str(), 1);
  std::string remarked;
  const std::string svg = folder / "a.svg";
  plot(svg, {}, kCurves, [&](std::string_view line) { remarked = line; });
  setenv("PATH", path.c_str(), 1);
  CHECK(remarked == svg + ": no plot is drawn: gnuplot is not installed");
  CHECK_FALSE(fs::exists(svg));
}

TEST_CASE("plot refusal: a folder that is not there") {
  std::string remarked;
  try {
    plot("/nowhere/a.svg", {}, kCurves, [&](std::string_view line) { remarked = line; });
    CHECK(remarked.find("not installed") != std::string::npos);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::io);
  }
}

}  // namespace
}  // namespace athanor::image
