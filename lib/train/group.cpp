#include "train/group.h"

#include <ATen/ATen.h>

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include <cstdlib>

#include "core/error.h"
#include "tensor/bridge.h"
#include "train/socket.h"

namespace athanor::train {

#ifdef USE_C10D_GLOO

namespace {

using namespace std::chrono_literals;

/// Rank 0 may be long about a checkpoint, so a process that hangs is given up late; one that died is known at once.
constexpr std::chrono::milliseconds kLongest = 30min;

/// LibTorch 2 can serve its store by libuv, where it was built with that.
template <class Options>
void without_libuv(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

c10::intrusive_ptr<c10d::Store> open_store(const Launch& launch, std::chrono::milliseconds patience) {
  c10d::TCPStoreOptions options;
  options.port = uint16_t(launch.port);
  options.isServer = launch.rank == 0;
  options.numWorkers = size_t(launch.ranks);
  options.waitWorkers = false;
  options.timeout = patience;
  without_libuv(options);
  // The store's own attempts are loud.
  if (launch.rank != 0)
    (void)Socket::connected(launch.address, launch.port, std::chrono::steady_clock::now() + patience);
  const auto store = c10::make_intrusive<c10d::TCPStore>(launch.address, options);
  return c10::make_intrusive<c10d::PrefixStore>("diffusion-train/" + launch.job, store);
}

Finish finish_of(const c10::intrusive_ptr<c10d::Work>& work) {
  return [work](std::chrono::milliseconds patience) {
    try {
      if (!work->isCompleted()) work->wait(patience);
    } catch (const std::exception&) {
      if (!work->isCompleted()) return false;
    }
    return work->wait();  // which throws when the exchange failed
  };
}

class GlooGroup : public Group {
 public:
  GlooGroup(const Launch& launch, std::chrono::milliseconds patience)
      : launch_(launch), store_(open_store(launch, patience)) {}

  void tell(const std::string& name, const std::string& words) override {
    store_->set(name, std::vector<uint8_t>(words.begin(), words.end()));
  }

  std::string ask(const std::string& name) override {
    const std::vector<uint8_t> words = store_->get(name);
    return {words.begin(), words.end()};
  }

  void connect(const std::string& address) override {
    using c10d::ProcessGroupGloo;
    const auto options = ProcessGroupGloo::Options::create(kLongest);
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface ? ProcessGroupGloo::createDeviceForInterface(interface)
                                         : ProcessGroupGloo::createDeviceForHostname(address));
    gloo_ = c10::make_intrusive<ProcessGroupGloo>(store_, int(launch_.rank), int(launch_.ranks), options);
  }

  Finish sum(const at::Tensor& values, const std::function<void()>& done) override {
    std::vector<at::Tensor> list{values};
    const auto work = gloo_->allreduce(list);
    if (done) work->getFuture()->addCallback([done](c10::ivalue::Future&) { done(); });
    return finish_of(work);
  }

  Finish share(const at::Tensor& values) override {
    std::vector<at::Tensor> list{values};
    return finish_of(gloo_->broadcast(list));
  }

 private:
  Launch launch_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
};

}  // namespace

std::unique_ptr<Group> meet(const Launch& launch, std::chrono::milliseconds patience) {
  return std::make_unique<GlooGroup>(launch, patience);
}

#else

std::unique_ptr<Group> meet(const Launch& launch, std::chrono::milliseconds) {
  fail(ErrorKind::device, "{} processes cannot train together: this build's LibTorch came without Gloo's headers",
       launch.ranks);
}

#endif

}  // namespace athanor::train
