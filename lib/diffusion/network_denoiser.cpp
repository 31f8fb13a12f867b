#include "diffusion/network_denoiser.h"

namespace athanor::diffusion {

NetworkDenoiser::NetworkDenoiser(std::unique_ptr<arch::Executor> network, const ModelConfig& config)
    : network_(std::move(network)),
      parameterisation_(config.parameterisation),
      elements_(element_count(config.network.shape)),
      classes_(config.network.classes) {}

State NetworkDenoiser::denoise(const State& x, double sigma, std::span<const int64_t> labels) {
  const auto n = size_t(x.rows());
  require(x.cols() == elements_, "denoiser: rows of {} elements, the model has {}", x.cols(), elements_);
  require(sigma > 0, "denoiser: sigma {} is not above 0", sigma);
  require(classes_ == 0 || labels.size() == n, "denoiser: {} labels for {} rows", labels.size(), n);
  for (const int64_t label : labels)
    require(classes_ == 0 || (label >= -1 && label < classes_), "denoiser: label {} of {} classes", label, classes_);

  const Preconditioning c = precondition(parameterisation_, sigma);
  using Floats = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  in_.resize(n * size_t(elements_));
  out_.resize(in_.size());
  noise_.assign(n, float(c.c_noise));
  Eigen::Map<Floats>(in_.data(), x.rows(), x.cols()) = (c.c_in * x).cast<float>();
  network_->forward(in_, noise_, classes_ > 0 ? labels : std::span<const int64_t>{}, out_);
  evaluations_ += int64_t(n);

  State D = c.c_skip * x + c.c_out * Eigen::Map<const Floats>(out_.data(), x.rows(), x.cols()).cast<double>();
  for (Eigen::Index i = 0; i < D.rows(); ++i)
    require(D.row(i).isFinite().all(), "the network gives NaN or infinity at sigma {} (row {} of {} in the batch)",
            sigma, i, n);
  return D;
}

}  // namespace athanor::diffusion
