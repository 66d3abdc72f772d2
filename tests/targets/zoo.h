// SPDX-License-Identifier: Apache-2.0
// What every zoo program shares: options, the clock, a seeded generator, the lines that tests read.
// A zoo program prints "ready", behaves until --seconds or SIGTERM, then prints one line of truth
// in key=value form and exits 0. Output goes by write(2): nothing here touches the heap.
#pragma once

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>

namespace zoo {

struct Option {
  const char* name;  // "rate" for --rate
  uint64_t value;    // the default
  const char* help;
};

// --name VALUE, with KiB, MiB, GiB, k or M after numbers; --name alone means 1.
class Options {
 public:
  Options(int argc, char** argv, const char* what_it_does, std::initializer_list<Option> options) {
    for (const Option& option : options) options_[used_++] = option;
    for (int i = 1; i < argc; ++i) {
      if (strcmp(argv[i], "--help") == 0) Help(argv[0], what_it_does);
      Option* option = strncmp(argv[i], "--", 2) == 0 ? Find(argv[i] + 2) : nullptr;
      if (option == nullptr) {
        dprintf(2, "%s: unknown option %s; try --help\n", argv[0], argv[i]);
        exit(2);
      }
      const bool has_value = i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0;
      option->value = has_value ? Parse(argv[++i]) : 1;
    }
  }

  uint64_t operator[](const char* name) const {
    const Option* option = const_cast<Options*>(this)->Find(name);
    if (option == nullptr) abort();
    return option->value;
  }

 private:
  Option* Find(const char* name) {
    for (size_t i = 0; i < used_; ++i) {
      if (strcmp(options_[i].name, name) == 0) return &options_[i];
    }
    return nullptr;
  }
  static uint64_t Parse(const char* text) {
    char* end = nullptr;
    const uint64_t number = strtoull(text, &end, 10);
    if (strncmp(end, "Ki", 2) == 0) return number << 10;
    if (strncmp(end, "Mi", 2) == 0) return number << 20;
    if (strncmp(end, "Gi", 2) == 0) return number << 30;
    if (*end == 'k') return number * 1000;
    if (*end == 'M') return number * 1'000'000;
    if (end != text && *end == 0) return number;
    dprintf(2, "not a number: %s\n", text);
    exit(2);
  }
  [[noreturn]] void Help(const char* program, const char* what_it_does) {
    dprintf(1, "%s: %s\n", program, what_it_does);
    for (size_t i = 0; i < used_; ++i) {
      const Option& o = options_[i];
      dprintf(1, "  --%-10s %s (default %llu)\n", o.name, o.help,
              static_cast<unsigned long long>(o.value));
    }
    exit(0);
  }

  Option options_[12];
  size_t used_ = 0;
};

// xorshift64*: the same numbers for the same seed, everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  uint64_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  size_t Between(size_t low, size_t high) { return low + Next() % (high - low + 1); }

 private:
  uint64_t state_;
};

inline double NowS() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline void SleepMs(unsigned ms) {
  const timespec pause{ms / 1000, static_cast<long>(ms % 1000) * 1'000'000};
  nanosleep(&pause, nullptr);
}

inline std::atomic<bool> g_is_stopped{false};
inline double g_end_s = 0;
inline double g_start_s = 0;

// From main, before any thread. seconds == 0: until SIGTERM.
inline void Start(uint64_t seconds) {
  struct sigaction action = {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = [](int) { g_is_stopped.store(true); };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  g_start_s = NowS();
  g_end_s = seconds != 0 ? g_start_s + static_cast<double>(seconds) : 1e300;
}
inline double ElapsedS() {
  return NowS() - g_start_s;
}
inline bool IsRunning() {
  return !g_is_stopped.load(std::memory_order_relaxed) && NowS() < g_end_s;
}

// One line, in one write.
[[gnu::format(printf, 1, 2)]] inline void Say(const char* format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  line[length] = '\n';
  [[maybe_unused]] const ssize_t written = write(1, line, static_cast<size_t>(length) + 1);
}
inline void Ready() {
  Say("ready");
}

// What the process did so far, for the line of truth. Any thread may add.
struct Tally {
  std::atomic<uint64_t> blocks{0};
  std::atomic<uint64_t> bytes{0};

  void Add(uint64_t size_bytes) {
    blocks.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(size_bytes, std::memory_order_relaxed);
  }
  unsigned long long blocks_total() const { return blocks.load(); }
  unsigned long long bytes_total() const { return bytes.load(); }
};

// Spends a rate evenly: Due() is what is left to do by now.
class Pacer {
 public:
  explicit Pacer(double units_per_s) : units_per_s_(units_per_s), start_s_(NowS()) {}
  bool IsDue() const { return spent_ < (NowS() - start_s_) * units_per_s_; }
  void Spend(uint64_t units) { spent_ += static_cast<double>(units); }

 private:
  double units_per_s_;
  double start_s_;
  double spent_ = 0;
};

// Writes to all of the block and lets it escape, so that it is resident and not optimised away.
[[gnu::noipa]] inline void* Touch(void* block, size_t size_bytes) {
  if (block != nullptr) memset(block, 0x5A, size_bytes);
  return block;
}
// The compiler may not drop a malloc/free pair whose pointer went through here.
template <typename T>
[[gnu::always_inline]] inline T* Escape(T* block) {
  asm volatile("" : "+r"(block) : : "memory");
  return block;
}

}  // namespace zoo
