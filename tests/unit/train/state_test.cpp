#include "train/state.h"

#include <ATen/ATen.h>

#include "io/tensor_writer.h"
#include "support/files.h"

namespace athanor::train {
namespace {

using test::content_of;
using test::error_of;
using test::TempFolder;

State example() {
  return {.step = 7,
          .history = {"{\"program\":\"a\"}", "{\"program\":\"b\"}"},
          .identity = R"({"--lr":"0.001","--seed":"1"})"};
}

/// Four tensors of a training.
struct Tensors {
  explicit Tensors(int64_t n = 5)
      : weights(at::arange(n, at::kFloat)),
        m(at::full({n}, 0.5f)),
        v(at::full({n}, 1e-30f)),
        average(-at::arange(n, at::kFloat)) {}
  Members members() { return {{"weights", &weights}, {"average.0", &average}, {"adamw.m", &m}, {"adamw.v", &v}}; }
  at::Tensor weights, m, v, average;
};

/// A state file with another record, or with one tensor less.
std::string file_with(const TempFolder& folder, const std::string& record, bool whole = true) {
  std::string path = folder / "other.state.safetensors";
  std::vector<io::TensorInfo> infos;
  for (const char* name : {"adamw.m", "adamw.v", "average.0", "weights"}) infos.push_back({.name = name, .shape = {5}});
  if (!whole) infos.erase(infos.begin() + 1);
  io::Metadata metadata;
  if (!record.empty()) metadata["athanor.training"] = record;
  io::TensorWriter writer({path}, io::Existing::replace, "safetensors", infos, metadata);
  const std::vector<float> zeros(5);
  for (const io::TensorInfo& info : writer.layout().tensors) writer.write(info.name, std::as_bytes(std::span(zeros)));
  writer.finish();
  return path;
}

std::string refusal(const std::string& path, int64_t parameters = 5) {
  Tensors tensors(parameters);
  return error_of([&] { load_state(path, tensors.members()); }).what();
}

}  // namespace

TEST_CASE("identity: a state is read as it was written, to the last bit and byte") {
  const TempFolder folder;
  const std::string path = folder / "a.state.safetensors";
  Tensors tensors, zeros;
  for (const auto& [name, tensor] : zeros.members()) tensor->zero_();
  save_state(example(), tensors.members(), path);
  const State back = load_state(path, zeros.members());
  CHECK(back.step == 7);
  CHECK(back.identity == example().identity);
  CHECK(back.history == example().history);
  CHECK(at::equal(zeros.weights, tensors.weights));
  CHECK(at::equal(zeros.m, tensors.m));
  CHECK(at::equal(zeros.v, tensors.v));
  CHECK(at::equal(zeros.average, tensors.average));
  const std::string bytes = content_of(path);
  save_state(back, zeros.members(), path);
  CHECK(content_of(path) == bytes);
}

TEST_CASE("refusal: states that are missing, damaged or of another network") {
  const TempFolder folder;
  const std::string path = folder / "a.state.safetensors";
  CHECK(refusal(path) == path + ": no such file or directory");
  Tensors tensors;
  save_state(example(), tensors.members(), path);
  CHECK(refusal(path, 6) == path + ": weights: expected [6], got [5]");
  const std::string bytes = content_of(path);
  const std::string cut = folder.file("cut", bytes.substr(0, bytes.size() - 3));
  CHECK(refusal(cut).starts_with(cut + ": input ends early"));

  const std::string good = R"({"version":2,"step":3,"identity":"{}","history":[]})";
  CHECK_NOTHROW(load_state(file_with(folder, good), tensors.members()));
  const std::string other = folder / "other.state.safetensors";
  CHECK(refusal(file_with(folder, "")) == other + ": not a training state");
  CHECK(refusal(file_with(folder, "{")) == other + ": not a training state");
  CHECK(refusal(file_with(folder, "[]")) == other + ": not a training state");
  CHECK(refusal(file_with(folder, R"({"version":2,"identity":"{}","history":[]})")) ==
        other + ": not a training state");
  CHECK(refusal(file_with(folder, R"({"version":2,"step":3,"identity":"{}"})")) == other + ": not a training state");
  for (const char* identity : {"{", "[]", "1", ""})
    CHECK(refusal(file_with(folder, fmt::format(R"({{"version":2,"step":3,"identity":"{}","history":[]}})",
                                                identity))) == other + ": not a training state");
  CHECK(refusal(file_with(folder, R"({"version":2,"step":-3,"identity":"{}","history":[]})")) ==
        other + ": not a training state");
  CHECK(refusal(file_with(folder, R"({"version":1,"step":3,"identity":"{}"})")) ==
        other + ": version 1 of the training state is unknown");
  CHECK(refusal(file_with(folder, good, false)) == other + ": the tensor 'adamw.v' is missing");
}

TEST_CASE("refusal: a resumed run names the option in which it differs") {
  const std::string recorded = R"({"--lr":"0.001","--seed":"1"})";
  CHECK_NOTHROW(check_identity(recorded, recorded));
  CHECK_THROWS_WITH(check_identity(recorded, R"({"--lr":"0.002","--seed":"1"})"),
                    "the training to be resumed has --lr \"0.001\", not \"0.002\"; give the same options to go on with "
                    "it");
  CHECK_THROWS_WITH(check_identity(recorded, R"({"--lr":"0.001","--seed":"1","--new":"x"})"),
                    "the training to be resumed has --new unset, not \"x\"; give the same options to go on with it");
}

}  // namespace athanor::train
