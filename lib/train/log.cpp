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

LogLine from_json(const nlohmann::json& json) {
  return {.step = json.at("step"),
          .images = json.at("images"),
          .loss = json.at("loss"),
          .gradient_norm = json.at("gradient_norm"),
          .learning_rate = json.at("learning_rate"),
          .images_per_second = json.at("images_per_second")};
}

/// Whole lines of a log up to a step: what a crash or a full disk cut off at the end does not count.
void read_lines(const std::string& path, int64_t last_step, std::vector<LogLine>& lines, std::string& text) {
  std::ifstream file(path);
  for (std::string one; std::getline(file, one) && !file.eof();) {
    const LogLine line = from_json(nlohmann::json::parse(one));
    if (line.step > last_step) break;
    lines.push_back(line);
    text += one + "\n";
  }
}

}  // namespace

Log::Log(std::string path, int64_t resumed_step) : path_(std::move(path)) {
  try {
    if (resumed_step > 0) read_lines(path_, resumed_step, lines_, kept_);
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
  lines_.push_back(line);
  std::ofstream file(path_, std::ios::app);
  file << to_json(line).dump() << '\n' << std::flush;
  if (!file) fail(ErrorKind::io, "{}: cannot append to the training log", path_);
}

void Log::draw(const std::string& svg, const Remark& remark) {
  begin();
  image::Series loss{.name = "loss", .points = {}};
  for (const LogLine& line : lines_) loss.points.emplace_back(double(line.images), line.loss);
  if (loss.points.size() < 2) return;
  image::plot(svg, {.title = "training loss", .x_label = "images", .y_label = "loss", .log_y = true},
              std::span(&loss, 1), remark);
}

}  // namespace athanor::train
