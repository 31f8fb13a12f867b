#include "objective/snapshot.h"

#include <ATen/ATen.h>

#include <cmath>

#include "diffusion/model.h"
#include "support/files.h"

namespace athanor::objective {
namespace {

using test::content_of;
using test::error_of;
using test::TempFolder;

diffusion::ModelConfig model_of(int64_t dim) {
  diffusion::ModelConfig config;
  config.network = {.type = "mlp", .shape = {dim}, .classes = 2, .unet = {}, .mlp = {.width = 8, .depth = 1}};
  config.parameterisation.sigma_data = 0.7;
  config.sigma_min = 0.01;
  config.sigma_max = 20;
  config.class_names = {"left", "right"};
  return config;
}

nn::Network network_of(const diffusion::ModelConfig& config) {
  nn::Network network(arch::build(config.network));
  network.initialise(1);
  network.flat().add_(0.01);
  return network;
}

}  // namespace

TEST_CASE("identity: a model is opened as it was written: config, history and weights") {
  const TempFolder folder;
  const diffusion::ModelConfig config = model_of(2);
  nn::Network network = network_of(config), back = network_of(config);
  const io::History history{R"({"program":"p","version":"1","arguments":[],"inputs":[]})"};
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    write_model(folder / "model", config, network, network.flat(), dtype, history);
    diffusion::Model model = diffusion::open_model({folder / "model"});
    io::Metadata expected, got;
    diffusion::write_config(config, expected);
    diffusion::write_config(model.config, got);
    CHECK(got == expected);
    CHECK(model.history == history);
    for (const io::TensorInfo& info : model.file.layout().tensors) CHECK(info.dtype == dtype);
    back.flat().zero_();
    back.load(model.file);
    const at::ScalarType type = dtype == DType::f32 ? at::kFloat : dtype == DType::f16 ? at::kHalf : at::kBFloat16;
    CHECK(at::equal(back.flat(), network.flat().to(type).to(at::kFloat)));
  }
}

TEST_CASE("identity: the weights written are those given, not the network's own") {
  const TempFolder folder;
  const diffusion::ModelConfig config = model_of(2);
  nn::Network network = network_of(config);
  const at::Tensor average = network.flat() * 0.5;
  write_model(folder / "model", config, network, average, DType::f32, {});
  diffusion::Model model = diffusion::open_model({folder / "model"});
  CHECK(model.history.empty());
  network.load(model.file);
  CHECK(at::equal(network.flat(), average));
}

TEST_CASE("refusal: weights that are not finite in the file's type leave the old file") {
  const TempFolder folder;
  const diffusion::ModelConfig config = model_of(2);
  nn::Network network = network_of(config);
  const std::string path = folder.file("model", "old");
  network.flat()[0] = 1e5;
  CHECK(std::string(error_of([&] { write_model(path, config, network, network.flat(), DType::f16, {}); }).what()) ==
        "emb.0.weight is not finite as F16");
  network.flat()[0] = NAN;
  CHECK(std::string(error_of([&] { write_model(path, config, network, network.flat(), DType::f32, {}); }).what()) ==
        "emb.0.weight is not finite as F32");
  CHECK(content_of(path) == "old");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("limit: a sheet that cannot be drawn is a remark, and the model stands") {
  const TempFolder folder;
  const diffusion::ModelConfig config = model_of(2);
  const nn::Network network = network_of(config);
  // Finite in the file, and too large for the denoiser's sums.
  const at::Tensor wild = at::full_like(nn::Network(arch::build(config.network)).flat(), 1e38);
  std::string said;
  const Snapshot snapshot{.path = folder / "model", .config = config, .half_lives = {1}, .preview = 4};
  snapshot.write(network, std::vector<at::Tensor>{wild}, [&](std::string_view line) { said = line; });
  CHECK(said.starts_with("no sheet is drawn: "));
  CHECK(folder.names() == std::vector<std::string>{"model"});
  snapshot.write(network, std::vector<at::Tensor>{wild}, {});
}

TEST_CASE("value: a preview is a picture of points in the plane, and nothing for other vectors") {
  const TempFolder folder;
  bool said = false;
  const auto remark = [&](std::string_view) { said = true; };
  for (const int64_t dim : {2, 3}) {
    const diffusion::ModelConfig config = model_of(dim);
    const nn::Network network = network_of(config);
    draw_preview(folder / "sheet.png", config, network, nullptr, 5, remark);
    // Without gnuplot a remark stands in for the picture.
    CHECK((content_of(folder / "sheet.png").starts_with("\x89PNG") || said) == (dim == 2));
    std::filesystem::remove(folder / "sheet.png");
    said = false;
  }
}

}  // namespace athanor::objective
