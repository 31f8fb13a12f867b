#include "nn/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "nn/executor.h"
#include "support/files.h"
#include "support/plain_network.h"
#include "tensor/bridge.h"
#include "unit/nn/make.h"

namespace athanor::nn {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone
using athanor::test::error_of;
using athanor::test::TempFolder;

using Named = std::vector<std::pair<io::TensorInfo, at::Tensor>>;

/// Writes tensors as a checkpoint without a config.
std::string write(const TempFolder& folder, const Named& tensors) {
  std::string path = folder / "model.safetensors";
  std::vector<io::TensorInfo> infos;
  for (const auto& [info, values] : tensors) infos.push_back(info);
  io::TensorWriter writer({path}, io::Existing::replace, "safetensors", infos);
  for (const io::TensorInfo& info : writer.layout().tensors)
    for (const auto& [own, values] : tensors)
      if (own.name == info.name) writer.write(info.name, tensor::bytes_of(values));
  writer.finish();
  return path;
}

/// A fixed weighted sum of the outputs, added up in float64.
at::Tensor weighted_sum(const Network& network, const Inputs& inputs) {
  const at::Tensor y = network.forward(inputs);
  return (y.to(at::kDouble) * normals(y.sizes().vec(), 5)).sum();
}

double slope_by_differences(Network& network, const Inputs& inputs, const at::Tensor& direction, double h) {
  const at::NoGradGuard no_grad;
  const at::Tensor start = network.flat().clone();
  network.flat().add_(direction, h);
  const double up = weighted_sum(network, inputs).item<double>();
  network.flat().copy_(start).sub_(direction, h);
  const double down = weighted_sum(network, inputs).item<double>();
  network.flat().copy_(start);
  return (up - down) / (2 * h);
}

}  // namespace

TEST_CASE("two ways: networks and their definition") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network = perturbed(config);
    const Inputs inputs = inputs_of(config, 3);
    std::vector<athanor::test::Doubles> parameters;
    for (const auto& [info, values] : network.tensors(network.flat(), DType::f32))
      parameters.push_back(Elements(values).values());
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < 3; ++i) {
      const auto row = athanor::test::evaluate(network.graph(), parameters,
                                               {.x = Elements(inputs.x[i]).values(),
                                                .noise = Elements(inputs.noise)(i),
                                                .label = inputs.labels[i].item<int64_t>()});
      rows.push_back(at::tensor(row, at::kDouble));
    }
    const at::Tensor y = network.forward(inputs);
    INFO(config.type);
    CHECK(relative_difference(y, Elements(at::stack(rows).view(y.sizes()))) < 1e-5);
  }
}

TEST_CASE("two ways: the gradient and central differences, along a direction of each parameter") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network = perturbed(config);
    const Inputs inputs = inputs_of(config, 4);
    weighted_sum(network, inputs).backward();
    const double norm = network.gradient().norm().item<double>();
    int64_t offset = 0;
    for (const arch::Parameter& p : network.graph().parameters()) {
      at::Tensor direction = at::zeros_like(network.flat());
      const int64_t count = element_count(p.shape);
      direction.narrow(0, offset, count).copy_(normals({count}, uint64_t(100 + offset)));
      direction.div_(direction.norm());
      offset += count;
      // float32 leaves about 1e-6 of the sum, divided by h; the difference itself errs by h² of the third derivative.
      const double slope = network.gradient().dot(direction).item<double>();
      INFO(config.type << ": " << p.name << ", gradient norm " << norm);
      CHECK(std::abs(slope_by_differences(network, inputs, direction, 3e-3) - slope) < 2e-4 * norm);
    }
    // And along all at once.
    for (const uint64_t stream : {11, 12, 13}) {
      at::Tensor direction = normals({network.flat().numel()}, stream);
      direction.div_(direction.norm()).add_(network.gradient(), 1 / norm);
      const double slope = network.gradient().dot(direction).item<double>();
      CHECK(slope_by_differences(network, inputs, direction, 1e-3) == Approx(slope).epsilon(2e-4));
    }
  }
}

TEST_CASE("identity: parameters and their gradients are views of the flat vectors") {
  Network network = perturbed(small_mlp());
  const Inputs inputs = inputs_of(small_mlp(), 3);
  const void *flat = network.flat().data_ptr(), *gradient = network.gradient().data_ptr();
  const at::Tensor before = network.forward(inputs).detach();
  network.flat().mul_(0.5);
  CHECK_FALSE(at::equal(network.forward(inputs), before));
  network.flat().mul_(2);
  CHECK(at::equal(network.forward(inputs), before));

  weighted_sum(network, inputs).backward();
  const at::Tensor once = network.gradient().clone();
  CHECK(once.norm().item<double>() > 0);
  weighted_sum(network, inputs).backward();
  CHECK(at::equal(network.gradient(), 2 * once));
  network.gradient().zero_();
  weighted_sum(network, inputs).backward();
  CHECK(at::equal(network.gradient(), once));
  CHECK(network.flat().data_ptr() == flat);
  CHECK(network.gradient().data_ptr() == gradient);
}

TEST_CASE("identity: to be told that nothing was changed adds nothing; what is told otherwise matters and is learned") {
  arch::NetworkConfig config = small_unet();
  config.augmentation = 3;
  Network network = perturbed(config);
  Inputs inputs = inputs_of(config, 2);
  const at::Tensor untold = network.forward(inputs).detach();
  inputs.told = at::zeros({2, 3});
  CHECK(at::equal(network.forward(inputs), untold));
  inputs.told = normals({2, 3}, 8);
  CHECK_FALSE(at::allclose(network.forward(inputs), untold, 1e-3, 1e-3));
  weighted_sum(network, inputs).backward();
  int64_t offset = 0;
  for (const arch::Parameter& p : network.graph().parameters()) {
    const int64_t count = element_count(p.shape);
    if (p.name == "emb.augmentation.weight")
      CHECK(network.gradient().narrow(0, offset, count).norm().item<double>() > 0);
    offset += count;
  }
}

TEST_CASE("value: weights start within their bounds, constants at theirs") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network(arch::build(config));
    CHECK(network.flat().abs().max().item<float>() == 0);
    network.initialise(3);
    int64_t offset = 0;
    for (const arch::Parameter& p : network.graph().parameters()) {
      const int64_t count = element_count(p.shape);
      const at::Tensor values = network.flat().narrow(0, offset, count);
      INFO(config.type << ": " << p.name);
      if (p.init.bound > 0) {
        CHECK(values.abs().max().item<double>() <= p.init.bound * (1 + 1e-7));
        CHECK(values.abs().max().item<double>() > 0.7 * p.init.bound);
      } else {
        CHECK((values == p.init.constant).all().item<bool>());
      }
      offset += count;
    }
    Network same(arch::build(config)), other(arch::build(config));
    same.initialise(3);
    other.initialise(4);
    CHECK(at::equal(same.flat(), network.flat()));
    CHECK_FALSE(at::equal(other.flat(), network.flat()));
  }
}

TEST_CASE("limit: without parameters the output is zero, and so it is at the start of a training") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network(arch::build(config));
    CHECK(network.forward(inputs_of(config, 2)).abs().max().item<float>() == 0);
    network.initialise(1);
    CHECK(network.forward(inputs_of(config, 2)).abs().max().item<float>() == 0);
  }
}

TEST_CASE("identity: parameters come back from a file, rounded once to its type") {
  const TempFolder folder;
  for (const arch::NetworkConfig& config : small_networks())
    for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
      Network network = perturbed(config), back(arch::build(config));
      const Named tensors = network.tensors(network.flat(), dtype);
      CHECK(tensors.size() == network.graph().parameters().size());
      io::TensorReader reader = io::TensorReader::open({write(folder, tensors)});
      CHECK_NOTHROW(arch::check_parameters(back.graph(), reader.layout().tensors));
      back.load(reader);
      CHECK(at::equal(back.flat(), network.flat().to(tensor::scalar_type(dtype)).to(at::kFloat)));
    }
}

TEST_CASE("identity: an image's result does not depend on the batch, to 1e-5 of the largest element") {
  for (const arch::NetworkConfig& config : small_networks()) {
    const Network network = perturbed(config);
    const Inputs all = inputs_of(config, 7);
    const at::NoGradGuard no_grad;
    const Elements rows(network.forward(all));
    std::vector<at::Tensor> single;
    for (int64_t i = 0; i < 7; ++i)
      single.push_back(network.forward(
          {.x = all.x.narrow(0, i, 1), .noise = all.noise.narrow(0, i, 1), .labels = all.labels.narrow(0, i, 1)}));
    CHECK(relative_difference(at::cat(single), rows) < 1e-5);
  }
}

TEST_CASE("identity: noise level, label and every parameter decide the result") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network = perturbed(config);
    const at::NoGradGuard no_grad;
    Inputs inputs = inputs_of(config, 3);
    const at::Tensor before = network.forward(inputs);
    const auto differs = [&](const Inputs& changed) {
      return ((network.forward(changed) - before).abs().flatten(1).amax(1) > 1e-4).all().item<bool>();
    };
    Inputs other = inputs;
    other.noise = inputs.noise + 0.5;
    CHECK(differs(other));
    other = inputs;
    other.labels = at::where(inputs.labels < 0, at::zeros_like(inputs.labels), inputs.labels - 1);
    CHECK(differs(other) == (config.classes > 0));
    int64_t offset = 0;
    for (const arch::Parameter& p : network.graph().parameters()) {
      at::Tensor values = network.flat().narrow(0, offset, element_count(p.shape));
      offset += values.numel();
      const at::Tensor kept = values.clone();
      values.add_(normals({values.numel()}, 3), 0.1);
      INFO(config.type << ": " << p.name);
      CHECK_FALSE(at::equal(network.forward(inputs), before));
      values.copy_(kept);
    }
  }
}

TEST_CASE("identity: an executor gives what the network gives") {
  for (const arch::NetworkConfig& config : small_networks()) {
    Network network = perturbed(config);
    const Inputs inputs = inputs_of(config, 5);
    const at::Tensor x = inputs.x.contiguous(), y = network.forward(inputs).detach().contiguous();
    const auto floats = [](const at::Tensor& t) { return std::span(t.data_ptr<float>(), size_t(t.numel())); };
    const auto run = [&](arch::Executor& executor) {
      at::Tensor out = at::full_like(y, NAN);
      executor.forward(floats(x), floats(inputs.noise), {inputs.labels.data_ptr<int64_t>(), 5}, floats(out));
      return out;
    };
    CHECK(at::equal(run(*make_executor(network)), y));
  }
}

TEST_CASE("identity: one checkpoint gives a classifier's logits and the features below them") {
  const TempFolder folder;
  Network network = perturbed(small_classifier());
  const Named tensors = network.tensors(network.flat(), DType::f32);
  io::TensorReader reader = io::TensorReader::open({write(folder, tensors)});
  const Inputs inputs = inputs_of(small_classifier(), 3);
  const at::Tensor x = inputs.x.contiguous();
  at::Tensor features = at::full({3, 8}, NAN);
  const auto floats = [](const at::Tensor& t) { return std::span(t.data_ptr<float>(), size_t(t.numel())); };
  Network below(network.graph().up_to("features"));
  below.load(reader);
  make_executor(below)->forward(floats(x), floats(inputs.noise), {}, floats(features));
  const auto named = [&](const std::string& name) {
    return std::ranges::find(tensors, name, [](const auto& tensor) { return tensor.first.name; })->second;
  };
  const at::Tensor logits = at::linear(features, named("out.linear.weight"), named("out.linear.bias"));
  CHECK(relative_difference(logits, Elements(network.forward(inputs))) < 1e-5);
}

TEST_CASE("refusal: checkpoints that are not the network's") {
  const TempFolder folder;
  Network network = perturbed(small_mlp());
  const auto refusal = [&](const Named& tensors) -> std::string {
    io::TensorReader reader = io::TensorReader::open({write(folder, tensors)});
    return error_of([&] { perturbed(small_mlp()).load(reader); }).what();
  };
  const Named right = network.tensors(network.flat(), DType::f32);
  Named tensors = right;
  tensors.erase(tensors.begin());
  CHECK(refusal(tensors) == fmt::format("1 of {} parameters are missing, the first is emb.0.weight", right.size()));
  tensors = right;
  tensors.emplace_back(io::TensorInfo{.name = "extra", .shape = {1}}, at::zeros({1}));
  CHECK(refusal(tensors) == "1 tensors do not belong to the network, the first is extra");
  tensors = right;
  tensors[0].first.shape = {32, 8};
  CHECK(refusal(tensors) == "1 parameters have another shape, the first: emb.0.weight is [32,8] and should be [8,32]");
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    tensors = right;
    tensors[3].second = tensors[3].second.clone();
    tensors[3].second.data_ptr<float>()[1] = bad;
    CHECK(refusal(tensors) == tensors[3].first.name + " is not finite");
  }
}

TEST_CASE("refusal: a class that is not there, and other numbers than the network takes") {
  const Network network = perturbed(small_mlp());
  const auto executor = make_executor(network);
  const auto refusal = [&](size_t numbers, const std::vector<int64_t>& labels) -> std::string {
    const std::vector<float> x(numbers), noise(1);
    std::vector<float> out(3);
    return error_of([&] { executor->forward(x, noise, labels, out); }).what();
  };
  CHECK(refusal(3, {7}) == "there is no class 7: the network knows 2");
  CHECK(refusal(3, {-2}) == "there is no class -2: the network knows 2");
  CHECK(refusal(3, {0, 0}) == "2 labels stand for 1 images");
  CHECK(refusal(4, {0}) == "the network takes 3 numbers an image and gives 3; 4 and 3 stand for 1 images");
}

}  // namespace athanor::nn
