#include "arch/network.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

namespace athanor::arch {
namespace {

using nlohmann::json;

/// Visits the members of a config by name: the one list from which it is written and read.
template <class Config, class Visit>
void visit(Config& c, Visit visit_member) {
  visit_member("type", c.type);
  visit_member("shape", c.shape);
  visit_member("classes", c.classes);
  if (c.type == "unet" || c.type == "classifier") {
    visit_member("channels", c.unet.channels);
    visit_member("multipliers", c.unet.multipliers);
    visit_member("blocks", c.unet.blocks);
    visit_member("attention", c.unet.attention);
    visit_member("head_channels", c.unet.head_channels);
    if (c.type == "classifier") visit_member("outputs", c.outputs);
  } else if (c.type == "mlp") {
    visit_member("width", c.mlp.width);
    visit_member("depth", c.mlp.depth);
  } else if (c.type == "dit") {
    visit_member("patch", c.dit.patch);
    visit_member("hidden", c.dit.hidden);
    visit_member("layers", c.dit.layers);
    visit_member("heads", c.dit.heads);
    visit_member("mlp_ratio", c.dit.mlp_ratio);
  }
}

constexpr std::string_view kTypes[] = {"unet", "mlp", "dit", "classifier"};

/// Takes a value of the right kind: 1.5, 1e300 and true are no whole numbers, though they would convert to one.
bool read(const json& in, std::string& value) {
  if (in.is_string()) value = in.get<std::string>();
  return in.is_string();
}
bool read(const json& in, int64_t& value) {
  if (!in.is_number_integer() || (in.is_number_unsigned() && in.get<uint64_t>() > INT64_MAX)) return false;
  value = in.get<int64_t>();
  return true;
}
bool read(const json& in, std::vector<int64_t>& values) {
  values.clear();
  return in.is_array() && std::ranges::all_of(in, [&](const json& v) { return read(v, values.emplace_back()); });
}

}  // namespace

void NetworkOptions::fields(Fields& v) {
  v.opt("--network", kind, "kind; unet for images and mlp for vectors when not given", one_of({"unet", "dit", "mlp"}));
  v.group("UNet", unet);
  v.group("DiT", dit);
  v.group("MLP", mlp);
}

NetworkConfig NetworkOptions::network_for(const Shape& shape, int64_t classes) const {
  return {.type = kind.value_or(shape.size() == 3 ? "unet" : "mlp"),
          .shape = shape,
          .classes = classes,
          .unet = unet,
          .mlp = mlp,
          .dit = dit};
}

json to_json(const NetworkConfig& config) {
  json out = json::object();
  visit(config, [&](const char* key, const auto& value) { out[key] = value; });
  return out;
}

NetworkConfig network_from_json(const json& in) {
  require(in.is_object(), "config: network is not an object");
  NetworkConfig config;
  std::set<std::string> known;
  config.type = in.contains("type") && in.at("type").is_string() ? in.at("type").get<std::string>() : "";
  require(std::ranges::find(kTypes, config.type) != std::end(kTypes), "config: unknown network type '{}'", config.type);
  visit(config, [&](const char* key, auto& value) {
    known.insert(key);
    require(in.contains(key), "config: network.{} is missing", key);
    require(read(in.at(key), value), "config: network.{} has the wrong kind of value", key);
  });
  for (const auto& [key, value] : in.items()) require(known.contains(key), "config: network.{} is unknown", key);
  return config;
}

Graph build(const NetworkConfig& config) {
  require(config.classes >= 0 && config.classes <= 1'000'000, "config: network.classes is {}", config.classes);
  for (const int64_t size : config.shape) require(size >= 1, "config: network.shape is {}", shape_text(config.shape));
  if (config.type == "unet") return unet(config.unet, config.shape, config.classes, config.augmentation);
  if (config.type == "mlp") return mlp(config.mlp, config.shape, config.classes);
  if (config.type == "dit") return dit(config.dit, config.shape, config.classes, config.augmentation);
  if (config.type == "classifier") {
    require(config.classes == 0, "classifier: it is told no class, but network.classes is {}", config.classes);
    return classifier(config.unet, config.shape, config.outputs, config.augmentation);
  }
  fail(ErrorKind::data, "unknown network type '{}'", config.type);
}

void check_parameters(const Graph& graph, const std::vector<io::TensorInfo>& tensors) {
  std::map<std::string_view, const Shape*> given;
  for (const io::TensorInfo& tensor : tensors) given[tensor.name] = &tensor.shape;
  std::vector<std::string> missing, misshapen;
  for (const Parameter& p : graph.parameters()) {
    const auto it = given.find(p.name);
    if (it == given.end()) {
      missing.push_back(p.name);
    } else {
      if (*it->second != p.shape)
        misshapen.push_back(
            fmt::format("{} is {} and should be {}", p.name, shape_text(*it->second), shape_text(p.shape)));
      given.erase(it);
    }
  }
  require(missing.empty(), "{} of {} parameters are missing, the first is {}", missing.size(),
          graph.parameters().size(), missing.empty() ? "" : missing[0]);
  require(misshapen.empty(), "{} parameters have another shape, the first: {}", misshapen.size(),
          misshapen.empty() ? "" : misshapen[0]);
  require(given.empty(), "{} tensors do not belong to the network, the first is {}", given.size(),
          given.empty() ? "" : given.begin()->first);
}

}  // namespace athanor::arch
