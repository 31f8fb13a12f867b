#include "objective/snapshot.h"

#include <ATen/ATen.h>

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
  for (const auto& [info, values] : tensors) {
    require(at::isfinite(values).all().item<bool>(), "{} is not finite as {}", info.name, name_of(dtype));
    infos.push_back(info);
  }
  io::Metadata metadata;
  diffusion::write_config(config, metadata);
  io::write_history(history, metadata);
  io::TensorWriter writer(io::Sink{path}, io::Existing::replace, "safetensors", infos, metadata);
  for (const io::TensorInfo& info : writer.layout().tensors)
    for (const auto& [own, values] : tensors)
      if (own.name == info.name) writer.write(info.name, tensor::bytes_of(values));
  writer.finish();
}

void draw_preview(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                  int64_t count, const Remark& remark) {
  const Shape& shape = config.network.shape;
  if (shape.size() == 1 && shape[0] != 2) return;
  diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
  const auto denoise = [&](const diffusion::State& x, double sigma, std::span<const int64_t> labels) {
    return denoiser.denoise(x, sigma, labels);
  };
  diffusion::SampleRequest request{.elements = element_count(shape), .count = count};
  request.labels = diffusion::deal_labels({}, config.network.classes, 0, count);
  const data::RowsHeader header{
      .count = count, .shape = shape, .labels = request.labels, .class_names = config.class_names};
  const auto writer = data::open_row_writer(io::Sink{path}, io::Existing::replace, header, {}, remark);
  diffusion::draw(request, {}, diffusion::make_grid({}, config.sigma_min, config.sigma_max, remark), denoise,
                  [&](std::span<const float> rows) { writer->write(rows); });
  writer->finish();
}

}  // namespace athanor::objective
