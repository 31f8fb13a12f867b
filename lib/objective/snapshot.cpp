#include "objective/snapshot.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "data/row_writer.h"
#include "diffusion/network_denoiser.h"
#include "diffusion/sampler.h"
#include "io/tensor_writer.h"
#include "nn/executor.h"
#include "tensor/bridge.h"

namespace athanor::objective {

void write_model(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                 const at::Tensor& average, DType dtype, const io::History& history) {
  const auto tensors = network.tensors(average, dtype);
  std::vector<io::TensorInfo> infos;
  const arch::Graph graph = arch::build(config.network);  // as others will run it
  const auto belongs = [&](const std::string& name) {
    return std::ranges::any_of(graph.parameters(), [&](const arch::Parameter& p) { return p.name == name; });
  };
  for (const auto& [info, values] : tensors) {
    if (!belongs(info.name)) continue;
    require(at::isfinite(values).all().item<bool>(), "{} is not finite as {}", info.name, name_of(dtype));
    infos.push_back(info);
  }
  io::Metadata metadata;
  diffusion::write_config(config, metadata);
  io::write_history(history, metadata);
  io::TensorWriter writer(io::Sink{path}, io::Existing::replace, "safetensors", infos, metadata);
  std::map<std::string, std::span<const std::byte>> bytes;
  for (const auto& [info, values] : tensors) bytes.emplace(info.name, tensor::bytes_of(values));
  writer.write_all(bytes);
}

void draw_preview(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                  const data::Dataset* source, int64_t count, const Remark& remark) {
  const Shape& shape = config.network.shape;
  const bool seen = shape.size() == 1 ? shape[0] == 2 : shape[0] == 1 || shape[0] == 3;
  if (!seen) return;
  diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
  const auto denoise = [&](const diffusion::State& x, double sigma, std::span<const int64_t> labels) {
    return denoiser.denoise(x, sigma, labels);
  };
  if (source) count = std::min(count, source->size());
  diffusion::SampleRequest request{.elements = element_count(shape), .count = count};
  request.labels = diffusion::deal_labels({}, config.network.classes, 0, count);
  if (source)
    request.noise = [source](int64_t i, std::span<double> start) {
      std::vector<float> row(start.size());
      source->read(i, row);
      std::ranges::copy(row, start.begin());
    };
  const data::RowsHeader header{
      .count = count, .shape = shape, .labels = request.labels, .class_names = config.class_names};
  const auto writer = data::open_row_writer(io::Sink{path}, io::Existing::replace, header, {}, remark);
  diffusion::draw(request, {}, diffusion::make_grid({}, config.sigma_min, config.sigma_max, remark), denoise,
                  [&](std::span<const float> rows) { writer->write(rows); });
  writer->finish();
}

void Snapshot::write(const nn::Network& network, std::span<const at::Tensor> averages, const Remark& remark) const {
  for (size_t i = 0; i < averages.size(); ++i) {
    const std::string file = i == 0 ? path : fmt::format("{}.ema-{}.safetensors", path, half_lives[i]);
    write_model(file, config, network, averages[i], dtype, history);
  }
  if (preview == 0 || config.network.type == "classifier") return;
  nn::Network averaged(network.graph());
  averaged.flat().copy_(averages[0]);
  try {
    draw_preview(path + ".png", config, averaged, source, preview, remark);
  } catch (const Error& error) {
    // The model is written; a picture of it never ends the training that it shows.
    if (remark) remark(fmt::format("no sheet is drawn: {}", error.what()));
  }
}

}  // namespace athanor::objective
