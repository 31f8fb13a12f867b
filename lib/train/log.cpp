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

}  // namespace

Log::Log(std::string path, int64_t resumed_step) : path_(std::move(path)) {
  std::string kept;
  if (std::ifstream file(path_); resumed_step > 0 && file) {
    for (std::string text; std::getline(file, text);) {
      const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (json.is_discarded() || !json.contains("step")) fail(ErrorKind::data, "{}: not a training log", path_);
      if (json.at("step") > resumed_step) break;
      lines_.push_back(from_json(json));
      kept += text + "\n";
    }
  }
  io::write_file(path_, kept);
}

void Log::add(const LogLine& line) {
  lines_.push_back(line);
  std::ofstream file(path_, std::ios::app);
  file << to_json(line).dump() << '\n' << std::flush;
  if (!file) fail(ErrorKind::io, "{}: cannot append to the training log", path_);
}

void Log::draw(const std::string& svg, const Remark& remark) const {
  image::Series loss{.name = "loss", .points = {}};
  for (const LogLine& line : lines_) loss.points.emplace_back(double(line.images), line.loss);
  if (loss.points.size() < 2) return;
  image::plot(svg, {.title = "training loss", .x_label = "images", .y_label = "loss", .log_y = true},
              std::span(&loss, 1), remark);
}

}  // namespace athanor::train
