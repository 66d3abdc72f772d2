// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/heap_profiles.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "agent/daemon/child.h"
#include "agent/watch/clock.h"

namespace seep::agent {
namespace {

constexpr int kMostCallers = 2;  // of the server's four threads
constexpr std::chrono::seconds kLongestWait{30};
constexpr double kLongestSeconds = 60;
constexpr size_t kLargestProfile = 8 << 20;  // the daemon may have 64 MiB; 5,000 stacks take 1
constexpr int kLookMilliseconds = 100;       // at the clock, and whether to stop

// What a child writes until its end; nothing: too much, too long, or to be stopped.
std::optional<std::string> ReadAll(int descriptor, const std::stop_token& stop) {
  const double begun_s = MonotonicSeconds();
  std::string content;
  std::array<char, 1 << 16> part;
  while (!stop.stop_requested() && MonotonicSeconds() - begun_s < kLongestSeconds) {
    pollfd waker{descriptor, POLLIN, 0};
    poll(&waker, 1, kLookMilliseconds);
    const ssize_t count = read(descriptor, part.data(), part.size());
    if (count == 0) return content;
    if (count < 0) continue;  // nothing yet
    content.append(part.data(), static_cast<size_t>(count));
    if (content.size() > kLargestProfile) break;
  }
  return std::nullopt;
}

}  // namespace

model::Result<std::string> HeapProfiles::Make(const serve::HeapRequest& request,
                                              std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    if (callers_ == kMostCallers) {
      return model::Fail(model::Errc::kBusy, "two profiles are asked for already");
    }
    ++callers_;
    if (!is_free_.wait_for(lock, stop, kLongestWait, [this] { return !is_busy_; })) {
      --callers_;
      return model::Fail(model::Errc::kBusy, "another profile takes long");
    }
    is_busy_ = true;
  }
  const Turn turn(*this);
  return Export(request, stop);
}

HeapProfiles::Turn::~Turn() {
  {
    const std::lock_guard lock(of_.mutex_);
    of_.is_busy_ = false;
    --of_.callers_;
  }
  of_.is_free_.notify_one();
}

model::Result<std::string> HeapProfiles::Export(const serve::HeapRequest& request,
                                                std::stop_token stop) const {
  const std::string run = std::to_string(static_cast<int64_t>(request.run));
  std::vector<std::string> words{"export", run, "--format", "pprof", "--db", database_};
  if (request.pid) words.insert(words.end(), {"--process", std::to_string(*request.pid)});
  std::optional<model::Descriptor> output;
  const auto child = StartChild(words, output);
  if (!child) return std::unexpected(child.error());
  auto content = ReadAll(output->get(), stop);
  if (!content) kill(*child, SIGKILL);
  int status = 0;
  waitpid(*child, &status, 0);
  if (content && WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::move(*content);
  return model::Fail(
      model::Errc::kIo,
      fmt::format("the profile {}; there is none before the first heap snapshot, and 'seep {}' "
                  "says more",
                  content ? "could not be made" : "is too large or took too long",
                  fmt::join(words, " ")));
}

}  // namespace seep::agent
