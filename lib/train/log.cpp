#include "train/log.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "image/plot.h"
#include "io/output.h"

namespace athanor::train {
namespace {

nlohmann::ordered_json to_json(const LogLine& line) {
  return {{"step", line.step},
          {"images", line.images},
          {"loss", line.loss},
          {"gradient_norm", line.gradient_norm},
          {"learning_rate", line.learning_rate},
          {"images_per_second", line.images_per_second}};
}

using Curve = std::vector<std::pair<double, double>>;

/// Whole lines of a log up to a step, and their losses: what a crash or a full disk cut off at the end does not count.
/// A norm that was not finite stands there as null.
void read_lines(const std::string& path, int64_t last_step, Curve& curve, std::string& text) {
  std::ifstream file(path);
  for (std::string one; std::getline(file, one) && !file.eof();) {
    const nlohmann::json line = nlohmann::json::parse(one);
    if (line.at("step").get<int64_t>() > last_step) break;
    curve.emplace_back(line.at("images").get<double>(), line.at("loss").get<double>());
    text += one + "\n";
  }
}

}  // namespace

Log::Log(std::string path, int64_t resumed_step) : path_(std::move(path)) {
  try {
    if (resumed_step > 0) read_lines(path_, resumed_step, curve_, kept_);
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, "{}: not a training log", path_);
  }
}

void Log::begin() {
  if (begun_) return;
  io::write_file(path_, kept_);
  begun_ = true;
}

void Log::add(const LogLine& line) {
  begin();
  curve_.emplace_back(double(line.images), line.loss);
  std::ofstream file(path_, std::ios::app);
  file << to_json(line).dump() << '\n' << std::flush;
  if (!file) fail(ErrorKind::io, "{}: cannot append to the training log", path_);
}

void Log::draw(const std::string& svg, const Remark& remark) {
  begin();
  if (curve_.size() < 2) return;
  const image::Series loss{.name = "loss", .points = curve_};
  image::plot(svg, {.title = "training loss", .x_label = "images", .y_label = "loss", .log_y = true},
              std::span(&loss, 1), remark);
}

}  // namespace athanor::train
