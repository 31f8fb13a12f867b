// Networks described: a graph of the field's own operations, with the names and shapes of their parameters.
//
// A network is a function that calls these members; it reads like the paper's figure. No arithmetic happens here:
// executors run the graph. Shapes are those of one image ([C,H,W]) or vector ([C]); every operation acts on each
// image by itself, so a result never depends on the batch.
#pragma once

#include <string>
#include <vector>

#include "core/check.h"

namespace athanor::arch {

enum class Op {
  input,                 ///< the array x, already scaled by c_in
  noise_level,           ///< the scalar c_noise
  label,                 ///< the class, or none
  positional_embedding,  ///< scalar → [dim]: cos, sin of value·10000^(−i/(dim/2 − 1))
  class_embedding,       ///< label → row of weight[classes + 1, dim]; the last row stands for no label
  linear,                ///< [in] → [out]: weight[out, in]·x + bias[out]
  conv2d,                ///< [C,H,W] → [out, ⌈H/stride⌉, ⌈W/stride⌉], kernel k odd, zero padding (k−1)/2
  group_norm,            ///< over C/groups channels and all pixels; weight[C], bias[C]
  layer_norm,            ///< over the channels of each pixel or of a vector; weight[C], bias[C], or neither
  modulate,              ///< x·(1 + scale) + shift, (scale, shift) = halves of a vector [2C]
  silu,                  ///< x·σ(x)
  gelu,                  ///< x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
  gate,                  ///< x·g, g a vector [C]
  attention,             ///< [3C,H,W] = (q,k,v) → [C,H,W]: softmax(qᵀk/√d)·v over pixels, by heads of d channels
  add,
  concat,         ///< along channels
  upsample,       ///< nearest neighbour, twice as high and wide
  add_positions,  ///< x + P: a pixel's place, by sines and cosines of its column in one half of the channels and its
                  ///< row in the other; of place t in a half of size h: sin(t·ω_i), then cos(t·ω_i), i < h/2, where
                  ///< ω_i = 10000^(−2i/h)
  patchify,       ///< [C,H,W] → [C·p², H/p, W/p]: channel (c·p + i)·p + j is pixel (i, j) of a patch
  unpatchify,     ///< the inverse
  mean,           ///< over the pixels: [C,H,W] → [C]
  told,           ///< weight[out, in]·a, a what is told of the image beside noise level and label
};
/// "conv2d".
std::string_view name_of(Op op);

/// How a parameter starts: uniform in ±bound, or the constant.
struct Init {
  double bound = 0, constant = 0;
};

/// What a parameter is to optimizers: matrices (and kernels) decay, the rows of an embedding are each by itself.
enum class Role { matrix, embedding, bias, gain };

struct Parameter {
  std::string name;
  Shape shape;
  Init init;
  Role role = Role::matrix;
};

/// A node's output.
struct Value {
  int node = -1;
};

struct Node {
  Op op;
  std::string name;             ///< the prefix of its parameters; empty when it has none
  std::vector<int> inputs;      ///< nodes
  std::vector<int> parameters;  ///< positions in Graph::parameters(), weight first
  Shape shape;                  ///< of its output; of a label the number of classes
  int64_t kernel = 0, stride = 1, groups = 0, heads = 0, patch = 1;
  double epsilon = 0;  ///< what a normalisation adds to the variance
};

/// An inner value that has a name.
struct Tap {
  std::string name;
  int node = -1;
};

/// Members that add a node throw Error{data} for inputs that do not fit, and for more than 2^40 elements in a value or
/// a parameter.
class Graph {
 public:
  Value input(Shape shape);
  Value noise_level();
  Value label(int64_t classes);

  Value told(int64_t in, int64_t out, const std::string& name);
  Value positional_embedding(Value scalar, int64_t dim);
  Value class_embedding(Value label, int64_t dim, const std::string& name);
  /// `zero` starts weight and bias at 0, so that a residual branch begins as the identity.
  Value linear(Value x, int64_t out, const std::string& name, bool zero = false);
  Value conv(Value x, int64_t out, int64_t kernel, const std::string& name, int64_t stride = 1, bool zero = false);
  /// The most groups that divide the channels, at most 32, of at least 4 channels each.
  Value group_norm(Value x, const std::string& name, double epsilon = 1e-5);
  Value layer_norm(Value x, const std::string& name, double epsilon = 1e-5);
  /// Without weight and bias, of a vector or an image; ε = 1e-6, as transformers for images have it.
  Value layer_norm(Value x);
  Value modulate(Value x, Value scale_shift);
  Value silu(Value x);
  Value gelu(Value x);
  Value gate(Value x, Value g);
  Value attention(Value qkv, int64_t heads);
  Value add(Value a, Value b);
  Value concat(Value a, Value b);
  Value upsample(Value x);
  Value add_positions(Value x);
  Value patchify(Value x, int64_t patch);
  Value unpatchify(Value x, int64_t patch);
  Value mean(Value x);
  /// Declares the graph's result.
  void output(Value x) { output_ = x.node; }
  /// Gives an inner value a name, so that a graph can end there.
  void tap(Value x, std::string name) { taps_.push_back({std::move(name), x.node}); }

  /// The graph whose result is a tap. It keeps all parameters, so that the same checkpoint fits; those behind the tap
  /// have no effect. Throws Error{data} naming the taps that there are.
  Graph up_to(std::string_view tap) const;

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  int input_node() const { return input_; }
  int output_node() const { return output_; }
  const Shape& shape(Value x) const { return nodes_[size_t(x.node)].shape; }
  int64_t channels(Value x) const { return shape(x)[0]; }
  /// Elements of all parameters.
  int64_t parameter_count() const;
  /// Multiplications and additions of one image's forward pass (convolutions, linear layers and attention): of a node,
  /// of all. Throws Error{data}: more than 2^53.
  int64_t flops(const Node& node) const;
  int64_t flops() const;

 private:
  Value add_node(Node node);
  int parameter(std::string name, Shape shape, Init init, Role role);
  std::vector<Node> nodes_;
  std::vector<Parameter> parameters_;
  std::vector<Tap> taps_;
  int input_ = -1, output_ = -1;
};

}  // namespace athanor::arch
