// SPDX-License-Identifier: Apache-2.0
// The plain case: steady churn in three healthy functions beside one that leaks at --rate, and with
// --also beside another one.
// Also linked with -static (seep_zoo_static_leak), where no preload can get in.
#include <malloc.h>

#include <thread>
#include <vector>

#include "tests/targets/churn.h"
#include "tests/targets/leaky.h"

namespace {

zoo::Tally g_leaked;
zoo::Tally g_also_leaked;

constexpr size_t kSession_bytes = 500;
[[gnu::noipa]] void LeakSession() {
  zoo::Touch(malloc(kSession_bytes), kSession_bytes);
  g_also_leaked.Add(kSession_bytes);
}

void Serve(double leak_bytes_per_s, double also_bytes_per_s, double requests_per_s, uint64_t seed) {
  zoo::Churn churn(seed);
  zoo::Leaker leaker(leak_bytes_per_s, seed + 1000, &g_leaked);
  zoo::Pacer requests(requests_per_s);
  zoo::Pacer sessions(also_bytes_per_s);
  while (zoo::IsRunning()) {
    for (; requests.IsDue(); requests.Spend(1)) churn.Step();
    leaker.Step();
    for (; sessions.IsDue(); sessions.Spend(kSession_bytes)) LeakSession();
    zoo::SleepMs(2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "healthy churn, and one function that leaks",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 65536, "bytes leaked per second, all threads; 0 = healthy"},
                              {"also", 0, "bytes leaked per second at another place"},
                              {"requests", 20000, "healthy allocations per second, all threads"},
                              {"threads", 1, ""},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  const auto before = static_cast<long long>(mallinfo2().uordblks);
  const uint64_t threads = options["threads"];
  const auto share = [&](const char* name) {
    return static_cast<double>(options[name]) / static_cast<double>(threads);
  };
  std::vector<std::thread> servers;
  for (uint64_t i = 1; i < threads; ++i) {
    servers.emplace_back(Serve, share("rate"), share("also"), share("requests"),
                         options["seed"] + i);
  }
  Serve(share("rate"), share("also"), share("requests"), options["seed"]);
  for (auto& server : servers) server.join();
  servers = std::vector<std::thread>();
  const auto growth = static_cast<long long>(mallinfo2().uordblks) - before;
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=LeakRequestBuffer seconds=%.3f parse_blocks=%llu "
      "parse_bytes=%llu render_blocks=%llu render_bytes=%llu compress_blocks=%llu "
      "compress_bytes=%llu also_leaked_bytes=%llu in_use_growth_bytes=%lld",
      g_leaked.bytes_total(), g_leaked.blocks_total(), zoo::ElapsedS(), zoo::g_parse.blocks_total(),
      zoo::g_parse.bytes_total(), zoo::g_render.blocks_total(), zoo::g_render.bytes_total(),
      zoo::g_compress.blocks_total(), zoo::g_compress.bytes_total(), g_also_leaked.bytes_total(),
      growth);
}
