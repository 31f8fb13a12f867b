#include "train/lifeline.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "core/error.h"

namespace athanor::train {
namespace {

using namespace std::chrono_literals;

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown host";
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

/// What a process says when it comes: the secret, its rank and its host.
std::optional<Peer> introduced(Socket& socket, uint64_t secret, Deadline deadline) {
  std::istringstream words(socket.hear(std::min(deadline, std::chrono::steady_clock::now() + 5s)).value_or(""));
  uint64_t said = 0;
  Peer peer;
  if (!(words >> said >> peer.rank >> peer.host) || said != secret) return std::nullopt;
  return peer;
}

}  // namespace

Lifeline::Invitation::Invitation() : door_(Socket::listening()) {
  std::random_device random;
  secret_ = (uint64_t{random()} << 32) | random();
}

std::string Lifeline::Invitation::text() const { return fmt::format("{} {} {}", door_.port(), secret_, host_name()); }

std::unique_ptr<Lifeline> Lifeline::Invitation::meet(int64_t ranks, Deadline deadline) const {
  std::vector<Line> lines;
  std::vector<bool> here(size_t(ranks), false);
  here[0] = true;
  while (int64_t(lines.size()) < ranks - 1) {
    std::optional<Socket> socket = door_.accept(deadline);
    if (!socket)
      fail(ErrorKind::network, "rank {} of {} has not come", std::ranges::find(here, false) - here.begin(), ranks);
    const auto peer = introduced(*socket, secret_, deadline);
    if (!peer || peer->rank < 1 || peer->rank >= ranks || here[size_t(peer->rank)]) continue;
    here[size_t(peer->rank)] = true;
    lines.push_back({*peer, std::move(*socket)});
  }
  // Processes on this host may have come by its loopback, where those on other hosts do not find them.
  std::string address = lines.front().socket.local_address();
  for (const Line& line : lines)
    if (is_loopback(address)) address = line.socket.local_address();
  for (const Line& line : lines) (void)line.socket.say("all here " + address);
  return std::unique_ptr<Lifeline>(new Lifeline(std::move(lines), address));
}

std::unique_ptr<Lifeline> Lifeline::join(const std::string& invitation, const std::string& address, int64_t rank,
                                         Deadline deadline) {
  std::istringstream words(invitation);
  int64_t port = 0;
  uint64_t secret = 0;
  Peer first;
  if (!(words >> port >> secret >> first.host)) fail(ErrorKind::network, "rank 0 is another program's");
  Socket socket = Socket::connected(address, port, deadline);
  (void)socket.say(fmt::format("{} {} {}", secret, rank, host_name()));
  const std::optional<std::string> answer = socket.hear(deadline);
  constexpr std::string_view kAllHere = "all here ";
  if (!answer || !answer->starts_with(kAllHere))
    fail(ErrorKind::network, "rank 0 ({}) was lost at the start", first.host);
  std::string own = socket.local_address();
  if (is_loopback(own)) own = answer->substr(kAllHere.size());
  std::vector<Line> lines;
  lines.push_back({first, std::move(socket)});
  return std::unique_ptr<Lifeline>(new Lifeline(std::move(lines), own));
}

Lifeline::Lifeline(std::vector<Line> lines, std::string address)
    : lines_(std::move(lines)), address_(std::move(address)), wake_(eventfd(0, EFD_CLOEXEC)) {
  if (wake_ < 0) fail_errno(ErrorKind::network, "watching other processes");
  watch_ = std::thread(&Lifeline::watch, this);
}

Lifeline::~Lifeline() {
  (void)eventfd_write(wake_, 1);
  watch_.join();
  close(wake_);
}

std::optional<Peer> Lifeline::lost(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, patience, [this] { return lost_.has_value(); });
  return lost_;
}

void Lifeline::leave() {
  for (const Line& line : lines_) (void)line.socket.say("bye");
}

void Lifeline::watch() {
  std::vector<Line*> open;
  for (Line& line : lines_) open.push_back(&line);
  for (;;) {
    std::vector<pollfd> waiting{{.fd = wake_, .events = POLLIN, .revents = 0}};
    for (const Line* line : open) waiting.push_back({.fd = line->socket.fd(), .events = POLLIN, .revents = 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;  // a signal
    if (waiting[0].revents != 0) return;
    for (size_t i = open.size(); i-- > 0;)
      if (waiting[i + 1].revents != 0 && !attend(*open[i])) open.erase(open.begin() + ptrdiff_t(i));
  }
}

bool Lifeline::attend(Line& line) {
  std::string text;
  for (;;) {
    const Socket::Heard heard = line.socket.hear(text);
    if (heard == Socket::Heard::nothing) return true;
    if (heard == Socket::Heard::end) {
      note_loss(line.peer);
      return false;
    }
    if (text == "bye") return false;
    std::istringstream words(text);
    std::string lost;
    Peer peer;
    if (words >> lost >> peer.rank >> peer.host && lost == "lost") note_loss(peer);
  }
}

void Lifeline::note_loss(const Peer& peer) {
  {
    const std::lock_guard lock(mutex_);
    if (lost_) return;
    lost_ = peer;
  }
  news_.notify_all();
  // Rank 0 tells the others; to rank 0 itself this is no news.
  if (peer.rank != 0)
    for (const Line& line : lines_)
      if (line.peer.rank != 0) (void)line.socket.say(fmt::format("lost {} {}", peer.rank, peer.host));
}

}  // namespace athanor::train
