#include "diffusion/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace athanor::diffusion {
namespace {

using nlohmann::json;

constexpr int64_t kVersion = 1;

const json& member(const json& config, const char* key) {
  require(config.contains(key), "config: {} is missing", key);
  return config.at(key);
}

double finite(const json& config, const char* key) {
  const json& value = member(config, key);
  require(value.is_number() && std::isfinite(value.get<double>()), "config: {} is not a number", key);
  return value.get<double>();
}

/// A noise level or scale.
double positive(const json& config, const char* key) {
  const double number = finite(config, key);
  require(number > 0, "config: {} is {}, and must be more than 0", key, number);
  return number;
}

std::string word(const json& config, const char* key) {
  const json& value = member(config, key);
  require(value.is_string(), "config: {} is not text", key);
  return value.get<std::string>();
}

std::vector<std::string> class_names(const json& config) {
  const json& value = member(config, "class_names");
  require(value.is_array(), "config: class_names is not a list");
  std::vector<std::string> names;
  for (const json& name : value) {
    require(name.is_string(), "config: class_names holds something that is not text");
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

void write_config(const ModelConfig& config, io::Metadata& metadata) {
  json out{{"version", kVersion},
           {"network", arch::to_json(config.network)},
           {"parameterisation", config.parameterisation.kind},
           {"sigma_data", config.parameterisation.sigma_data},
           {"sigma_min", config.sigma_min},
           {"sigma_max", config.sigma_max},
           {"guidance", config.guidance},
           {"class_names", config.class_names}};
  if (!config.parameterisation.path.empty()) out["path"] = config.parameterisation.path;
  if (config.transfers) out["start"] = "source";
  metadata[std::string(io::kConfigKey)] = out.dump();
}

ModelConfig read_config(const io::Metadata& metadata) {
  const auto text = metadata.find(std::string(io::kConfigKey));
  require(text != metadata.end(), "not a diffusion model: its metadata has no '{}'", io::kConfigKey);
  const json in = json::parse(text->second, nullptr, /*allow_exceptions=*/false);
  require(in.is_object(), "config: not a JSON object");
  const json& version = member(in, "version");
  require(version.is_number_integer() && version.get<int64_t>() == kVersion,
          "config: version {} is not known, expected {}", version.dump(), kVersion);
  ModelConfig config;
  config.network = arch::network_from_json(member(in, "network"));
  config.parameterisation = {.kind = word(in, "parameterisation"),
                             .path = in.contains("path") ? word(in, "path") : "",
                             .sigma_data = positive(in, "sigma_data")};
  in_context("config", [&] { config.parameterisation.check(); });
  config.sigma_min = positive(in, "sigma_min");
  config.sigma_max = positive(in, "sigma_max");
  require(config.sigma_min < config.sigma_max, "config: sigma_min {} is not below sigma_max {}", config.sigma_min,
          config.sigma_max);
  config.guidance = finite(in, "guidance");
  config.class_names = class_names(in);
  const std::string start = in.contains("start") ? word(in, "start") : "noise";
  require(start == "noise" || start == "source", "config: start '{}' is not known, expected noise or source", start);
  config.transfers = start == "source";
  // A model is told classes, or, as a classifier, tells them.
  const int64_t classes = std::max(config.network.classes, config.network.outputs);
  require(config.class_names.empty() || int64_t(config.class_names.size()) == classes,
          "config: {} class names for {} classes", config.class_names.size(), classes);
  return config;
}

}  // namespace athanor::diffusion
