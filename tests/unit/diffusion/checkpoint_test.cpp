#include "diffusion/checkpoint.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"

namespace athanor::diffusion {
namespace {

using nlohmann::json;

ModelConfig example() {
  ModelConfig config;
  config.network = {.type = "mlp", .shape = {2}, .classes = 3, .unet = {}, .mlp = {.width = 16, .depth = 1}};
  config.parameterisation.sigma_data = 0.7;
  config.sigma_min = 0.01;
  config.sigma_max = 12.5;
  config.guidance = 1.5;
  config.class_names = {"a", "b", "ü"};
  return config;
}

/// The example's config after a change to its JSON.
io::Metadata changed(const json& patch) {
  io::Metadata metadata;
  write_config(example(), metadata);
  json config = json::parse(metadata["athanor.config"]);
  config.merge_patch(patch);
  metadata["athanor.config"] = config.dump();
  return metadata;
}

}  // namespace

TEST_CASE("identity: a config is read as it was written") {
  io::Metadata metadata{{"format", "pt"}};
  write_config(example(), metadata);
  CHECK(metadata.at("format") == "pt");
  const ModelConfig back = read_config(metadata);
  CHECK(back.guidance == 1.5);
  CHECK(back.network.type == "mlp");
  CHECK(back.network.shape == Shape{2});
  CHECK(back.network.classes == 3);
  CHECK(back.network.mlp.width == 16);
  CHECK(back.parameterisation.sigma_data == 0.7);
  CHECK(back.sigma_min == 0.01);
  CHECK(back.sigma_max == 12.5);
  CHECK(back.class_names == example().class_names);
}

TEST_CASE("identity: parameterisations on paths and transfers are read as they were written") {
  ModelConfig config = example();
  config.parameterisation = {.kind = "v", .path = "straight", .sigma_data = 0.5};
  config.transfers = true;
  io::Metadata metadata;
  write_config(config, metadata);
  const ModelConfig back = read_config(metadata);
  CHECK(back.parameterisation.kind == "v");
  CHECK(back.parameterisation.path == "straight");
  CHECK(back.transfers);
}

TEST_CASE("refusal: configs") {
  CHECK_THROWS_WITH(read_config({}), "not a diffusion model: its metadata has no 'athanor.config'");
  CHECK_THROWS_WITH(read_config({{"athanor.config", "{"}}), "config: not a JSON object");
  CHECK_THROWS_WITH(read_config({{"athanor.config", "[1]"}}), "config: not a JSON object");
  CHECK_THROWS_WITH(read_config({{"athanor.config", "{}"}}), "config: version is missing");
  CHECK_THROWS_WITH(read_config(changed({{"version", 2}})), "config: version 2 is not known, expected 1");
  CHECK_THROWS_WITH(read_config(changed({{"version", "1"}})), "config: version \"1\" is not known, expected 1");
  CHECK_THROWS_WITH(read_config(changed({{"parameterisation", "flow"}})),
                    "config: parameterisation 'flow' is not known, expected edm, epsilon, x0, v");
  CHECK_THROWS_WITH(read_config(changed({{"parameterisation", 1}})), "config: parameterisation is not text");
  CHECK_THROWS_WITH(read_config(changed({{"parameterisation", "v"}})), "config: parameterisation 'v' needs a path");
  CHECK_THROWS_WITH(read_config(changed({{"path", "cosine"}})),
                    "config: parameterisation 'edm' has no path, yet there is 'cosine'");
  CHECK_THROWS_WITH(read_config(changed({{"parameterisation", "v"}, {"path", "curved"}})),
                    "config: path 'curved' is not known, expected straight, trigonometric, vp-linear, cosine");
  CHECK_THROWS_WITH(read_config(changed({{"start", "here"}})),
                    "config: start 'here' is not known, expected noise or source");
  CHECK_THROWS_WITH(read_config(changed({{"sigma_data", "0.5"}})), "config: sigma_data is not a number");
  CHECK_THROWS_WITH(read_config(changed({{"sigma_data", 0}})), "config: sigma_data is 0, and must be more than 0");
  CHECK_THROWS_WITH(read_config(changed({{"sigma_min", 13}})), "config: sigma_min 13 is not below sigma_max 12.5");
  CHECK_THROWS_WITH(read_config(changed({{"sigma_max", nullptr}})), "config: sigma_max is missing");
  CHECK_THROWS_WITH(read_config(changed({{"class_names", "abc"}})), "config: class_names is not a list");
  CHECK_THROWS_WITH(read_config(changed({{"class_names", {"a"}}})), "config: 1 class names for 3 classes");
  CHECK_THROWS_WITH(read_config(changed({{"network", {{"width", "wide"}}}})),
                    "config: network.width has the wrong kind of value");
}

}  // namespace athanor::diffusion
