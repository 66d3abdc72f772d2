// SPDX-License-Identifier: Apache-2.0
// Throws through --depth frames, each of which owns a block, in several threads at once. A preload
// that breaks or slows down unwinding shows in throws_per_s.
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

std::atomic<unsigned long long> g_throws{0};

[[gnu::noipa]] void Descend(uint64_t depth, zoo::Random* random) {
  const auto block = std::make_unique<char[]>(random->Between(16, 512));
  zoo::Escape(block.get());
  if (depth == 0) throw std::runtime_error(std::string(random->Between(40, 80), 'x'));
  Descend(depth - 1, random);
}

void ThrowInLoop(uint64_t depth, uint64_t seed) {
  zoo::Random random(seed);
  while (zoo::IsRunning()) {
    try {
      Descend(depth, &random);
    } catch (const std::runtime_error& error) {
      if (error.what()[0] != 'x') abort();
      g_throws.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "C++ exceptions through many frames; healthy",
                             {{"seconds", 5, "0 = until SIGTERM"},
                              {"threads", 2, ""},
                              {"depth", 10, "frames to throw through"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  std::vector<std::thread> throwers;
  for (uint64_t i = 0; i < options["threads"]; ++i) {
    throwers.emplace_back(ThrowInLoop, options["depth"], options["seed"] + i);
  }
  for (auto& thrower : throwers) thrower.join();
  zoo::Say("leaked_bytes=0 leaked_blocks=0 throws=%llu throws_per_s=%.0f seconds=%.3f",
           g_throws.load(), static_cast<double>(g_throws.load()) / zoo::ElapsedS(),
           zoo::ElapsedS());
}
