// What torchscript/network.h loads: a network in TorchScript on LibTorch.
#include <torch/script.h>

#include <algorithm>
#include <sstream>

#include "core/text.h"
#include "tensor/bridge.h"
#include "tensor/threads.h"
#include "torchscript/network.h"

namespace athanor::nn {
namespace {

/// The tensor that a network gave, or the first of several.
at::Tensor first_tensor(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor();
  if (value.isTuple() && !value.toTupleRef().elements().empty()) return first_tensor(value.toTupleRef().elements()[0]);
  if (value.isList() && !value.toListRef().empty()) return first_tensor(value.toListRef()[0]);
  fail(ErrorKind::data, "the network gives no tensor, but {}", value.tagKind());
}

/// What the interpreter throws ends with the error that it met, after the lines of the program that led there.
[[noreturn]] void rethrow_last_line(const std::exception& error) {
  const std::vector<std::string> lines = split(error.what(), '\n');
  const auto last = std::find_if(lines.rbegin(), lines.rend(), [](const std::string& line) { return !line.empty(); });
  constexpr std::string_view kind = "RuntimeError: ";
  const std::string text = last == lines.rend() ? "the network failed" : *last;
  throw Error(ErrorKind::data, text.starts_with(kind) ? text.substr(kind.size()) : text);
}

class TorchScript : public torchscript::Network {
 public:
  explicit TorchScript(std::span<const std::byte> file) {
    tensor::translated([&] {
      std::istringstream stream(std::string(reinterpret_cast<const char*>(file.data()), file.size()));
      module_ = torch::jit::load(stream, at::kCPU);
      module_.eval();
    });
  }

  torchscript::Values forward(std::span<const float> numbers, const Shape& shape) override {
    const c10::InferenceMode no_gradients;
    at::Tensor given;
    try {
      given = first_tensor(module_.forward({tensor::view(numbers, shape)})).to(at::kFloat).contiguous();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      rethrow_last_line(error);
    }
    const float* const values = given.data_ptr<float>();
    return {.shape = given.sizes().vec(), .numbers = {values, values + given.numel()}};
  }

 private:
  torch::jit::Module module_;
};

}  // namespace
}  // namespace athanor::nn

extern "C" std::unique_ptr<athanor::torchscript::Network> athanor_open_torchscript(std::span<const std::byte> file,
                                                                                   int64_t threads) {
  athanor::tensor::set_threads(int(threads));
  return std::make_unique<athanor::nn::TorchScript>(file);
}
