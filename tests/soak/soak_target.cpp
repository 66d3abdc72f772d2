// SPDX-License-Identifier: Apache-2.0
// Sixteen threads that do everything to the heap at once, for as long as they are told; in the end
// every block has been freed again. Blocks of ours are 13 bytes more than a multiple of 16 and at
// least 200 bytes, so that the test can tell them from those of the libraries.
//
//   seep_soak_target SECONDS PLUGIN
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace {

using Rng = std::minstd_rand;
using Clock = std::chrono::steady_clock;

constexpr size_t kSlots = 32'768;
std::array<std::atomic<void*>, kSlots> slots;  // whoever takes a block out owns it
std::atomic<bool> is_over{false};
std::atomic<uint64_t> blocks{0}, forks{0}, loads{0}, throws{0}, threads{0}, failures{0};
const char* plugin_path = nullptr;

size_t AnySize(Rng& rng) {
  // Mostly small, now and then beyond the threshold of mmap.
  const size_t spread = rng() % 64 == 0 ? 16'384 : rng() % 4 == 0 ? 512 : 32;
  return 208 + 13 + 16 * (rng() % spread);
}

void* Allocate(Rng& rng) {
  const size_t size = AnySize(rng);
  void* block = nullptr;
  switch (rng() % 5) {
    case 0:
      block = std::calloc(1, size);
      break;
    case 1:
      block = std::aligned_alloc(64, size);
      break;
    case 2:
      if (posix_memalign(&block, 256, size) != 0) block = nullptr;
      break;
    default:
      block = std::malloc(size);
  }
  if (block == nullptr) std::abort();
  std::memset(block, 0x5a, 64);
  blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}

[[gnu::noipa]] void* AllocateDeep(Rng& rng, uint32_t depth) {
  void* volatile block = depth == 0 ? Allocate(rng) : AllocateDeep(rng, depth - 1);
  return block;
}

// What one thread puts into a slot another one frees, or resizes.
void Exchange(Rng& rng) {
  std::atomic<void*>& slot = slots[rng() % kSlots];
  void* old = slot.exchange(AllocateDeep(rng, static_cast<uint32_t>(rng() % 24)));
  if (old == nullptr) return;
  if (rng() % 4 == 0) {
    old = std::realloc(old, AnySize(rng));
    old = slots[rng() % kSlots].exchange(old);
  }
  std::free(old);
}

[[gnu::noipa]] void ThrowFrom(Rng& rng, int depth) {
  struct Owner {
    void* block;
    ~Owner() { std::free(block); }
  } owner{Allocate(rng)};
  if (depth == 0) throw rng();
  ThrowFrom(rng, depth - 1);
}
void Throw(Rng& rng) {
  try {
    ThrowFrom(rng, static_cast<int>(rng() % 12));
  } catch (Rng::result_type) {
    throws.fetch_add(1);
  }
}

void Load(Rng&) {
  void* plugin = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) std::abort();
  reinterpret_cast<void (*)()>(dlsym(plugin, "trap_plugin_work"))();
  dlclose(plugin);
  loads.fetch_add(1);
  usleep(500);
}

void Churn(Rng& rng) {
  std::vector<std::thread> short_lived;
  for (int i = 0; i < 4; ++i) {
    short_lived.emplace_back([seed = rng()] {
      Rng own(seed);
      for (int j = 0; j < 20; ++j) Exchange(own);
    });
  }
  for (std::thread& thread : short_lived) thread.join();
  threads.fetch_add(4);
}

// A child that allocates, frees what it inherited, and ends without a word.
void Fork(Rng& rng) {
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 100; ++i) Exchange(rng);
    _exit(0);
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) failures.fetch_add(1);
  forks.fetch_add(1);
  usleep(2000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto end = Clock::now() + std::chrono::seconds(std::atoi(argv[1]));
  plugin_path = argv[2];
  struct Role {
    void (*work)(Rng&);
    int count;
  };
  constexpr std::array kRoles{Role{&Exchange, 9}, Role{&Throw, 2}, Role{&Load, 2}, Role{&Churn, 1},
                              Role{&Fork, 2}};
  std::vector<std::thread> all;
  for (const Role& role : kRoles) {
    for (int i = 0; i < role.count; ++i) {
      all.emplace_back([work = role.work, seed = all.size() + 1] {
        Rng rng(static_cast<Rng::result_type>(seed));
        while (!is_over) work(rng);
      });
    }
  }
  while (Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  is_over = true;
  for (std::thread& thread : all) thread.join();
  for (std::atomic<void*>& slot : slots) std::free(slot.exchange(nullptr));
  std::printf("threads %zu blocks %llu forks %llu loads %llu throws %llu short_threads %llu\n",
              all.size(), static_cast<unsigned long long>(blocks),
              static_cast<unsigned long long>(forks), static_cast<unsigned long long>(loads),
              static_cast<unsigned long long>(throws), static_cast<unsigned long long>(threads));
  return failures == 0 ? 0 : 1;
}
