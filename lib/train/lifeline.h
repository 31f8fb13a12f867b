// Who of several processes has died, known at once: each keeps a connection to the first one, which its kernel closes
// with it, and the first one tells the others.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "train/socket.h"

namespace athanor::train {

/// A process by its number and its host's name.
struct Peer {
  int64_t rank = 0;
  std::string host = {};
};

class Lifeline {
 public:
  /// Rank 0's end before the others have come; its text is what they need to join().
  class Invitation {
   public:
    Invitation();
    std::string text() const;
    /// Waits for all. Throws Error{network} naming the first that has not come by the deadline.
    std::unique_ptr<Lifeline> meet(int64_t ranks, Deadline deadline) const;

   private:
    Socket door_;
    uint64_t secret_;  ///< strangers do not know it
  };
  /// The end of another rank; rank 0 is found at `address`. Throws Error{network}: not met by the deadline.
  static std::unique_ptr<Lifeline> join(const std::string& invitation, const std::string& address, int64_t rank,
                                        Deadline deadline);

  Lifeline(const Lifeline&) = delete;
  ~Lifeline();
  /// This host as the others reach it.
  const std::string& address() const { return address_; }
  /// The first process that died before it took its leave; waits for the news this long.
  std::optional<Peer> lost(std::chrono::milliseconds patience = {});
  /// From now on nobody takes the end of this process for its death.
  void leave();

 private:
  struct Line {
    Peer peer;
    Socket socket;
  };
  Lifeline(std::vector<Line> lines, std::string address);
  void watch();
  /// Takes what a line brings; whether it stays open.
  bool attend(Line& line);
  void note_loss(const Peer& peer);
  std::vector<Line> lines_;  ///< rank 0: to all the others; another: to rank 0
  std::string address_;
  int wake_ = -1;  ///< an eventfd that ends the watch
  std::mutex mutex_;
  std::condition_variable news_;
  std::optional<Peer> lost_;
  std::thread watch_;
};

}  // namespace athanor::train
