// SPDX-License-Identifier: Apache-2.0
// Serves snapshots for the tests that need a real server, without a daemon.
//
//   serve_example --print text|openmetrics|names|large_text|large_openmetrics, and ends
//   serve_example [--token T] [--address A] [--limit SECONDS] [--large]
//       prints port=N, then publishes 100 times a second a target that leaks 1 MiB/s, until a line
//       or the end of its standard input. Then prints what the publisher met: published=N
//       slowest_publish_us=N rss_bytes=N fds=N
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <prometheus/text_serializer.h>

#include "agent/serve/metric_families.h"
#include "agent/serve/open_metrics.h"
#include "agent/serve/own_allocator.h"
#include "agent/serve/server.h"
#include "tests/agent/serve/example_snapshot.h"

using namespace seep::serve;
using Clock = std::chrono::steady_clock;

namespace {

int Print(const std::string& what) {
  const bool is_large = what.starts_with("large_");
  const auto families = MetricFamiliesOf(is_large ? LargeSnapshot(250, 20) : ExampleSnapshot());
  std::string text;
  if (what.ends_with("text")) text = prometheus::TextSerializer{}.Serialize(families);
  if (what.ends_with("openmetrics")) text = OpenMetricsText(families);
  if (what == "names") {
    for (const auto& family : families) text += family.name + "\n";
    text += "seep_agent_http_responses_total\n";  // the server's own
  }
  std::fputs(text.c_str(), stdout);
  return text.empty() ? 2 : 0;
}

uint64_t RssBytes() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

size_t FdCount() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
    count++;
  }
  return count - 1;  // the directory itself
}

double RealTime_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

AgentSnapshot LeakingSnapshot(AgentSnapshot snapshot, double elapsed_s) {
  snapshot.made_at_s = RealTime_s();
  for (TargetState& target : snapshot.targets) {
    target.last_tick_s = snapshot.made_at_s;
    if (target.heap_live_bytes) *target.heap_live_bytes += elapsed_s * (1 << 20);
  }
  snapshot.self.rss_bytes = RssBytes();
  snapshot.self.allocator = OwnAllocatorFigures();
  return snapshot;
}

}  // namespace

int main(int argc, char** argv) {
  ServerSettings settings{.port = 0};
  AgentSnapshot base = ExampleSnapshot();
  for (int i = 1; i < argc; i++) {
    const std::string option = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--large") {
      base = LargeSnapshot(250, 20);
      for (TargetState& target : base.targets) {  // more than a socket's buffer takes (4 MiB)
        for (int j = 0; j < 80; j++) {
          const std::string name = "a_measurement_with_a_name_that_takes_room_" + std::to_string(j);
          target.measurements.push_back({name, "bytes", 1e15 / 3});
        }
      }
      continue;
    }
    i++;
    if (option == "--print") return Print(value);
    if (option == "--token") settings.policy.token = value;
    if (option == "--address") settings.address = value;
    if (option == "--limit") settings.request_limit_s = std::atof(value.c_str());
  }
  SnapshotBoard board;
  board.Publish(LeakingSnapshot(base, 0));
  const auto server = Server::Start(settings, board);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("port=%d\n", (*server)->port());
  std::fflush(stdout);
  const auto start = Clock::now();
  uint64_t published = 1;
  Clock::duration slowest{};
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (poll(&input, 1, 10) == 0) {
    AgentSnapshot next =
        LeakingSnapshot(base, std::chrono::duration<double>(Clock::now() - start).count());
    const auto before = Clock::now();
    board.Publish(std::move(next));
    slowest = std::max(slowest, Clock::now() - before);
    published++;
  }
  std::printf("published=%llu slowest_publish_us=%lld rss_bytes=%llu fds=%zu\n",
              static_cast<unsigned long long>(published),
              static_cast<long long>(
                  std::chrono::duration_cast<std::chrono::microseconds>(slowest).count()),
              static_cast<unsigned long long>(RssBytes()), FdCount());
  return 0;
}
