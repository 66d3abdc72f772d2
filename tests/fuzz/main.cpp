// SPDX-License-Identifier: Apache-2.0
// Damages real files at random and reads them with everything that reads such files.
//
//   seep_fuzz KIND SEEDS [--seed N] [--first I] [--executions N] [--seconds S] [--crashes DIR]
//   seep_fuzz KIND --replay FILE ...
//
// KIND: ledger, spool, database. SEEDS: a folder of whole ones, `*.KIND`. Execution I depends on
// the seed and I alone. A child reads; when it dies, or one execution takes too long, the parent
// keeps the file in DIR, says how to repeat it, and goes on with the next. Exit 1: there was one.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fuzz/expect.h"
#include "tests/fuzz/file_image.h"
#include "tests/fuzz/readers.h"

namespace fs = std::filesystem;
using namespace seep::fuzz;
using Clock = std::chrono::steady_clock;

#ifdef __SANITIZE_ADDRESS__
// No file makes us allocate more than this at once, or hold more in all. Leaks are looked for at
// the end of each child.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=512:hard_rss_limit_mb=2048:allocator_may_return_null=0";
}
extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}
#endif

namespace {

constexpr unsigned kLongestSeconds = 20;  // of one execution, on a machine that others use
constexpr uint64_t kPerChild = 2000;      // so that leaks are seen and memory is bounded

struct Options {
  std::string kind;
  std::string seeds;
  uint64_t seed = 1729;
  uint64_t first = 0;
  uint64_t executions = ~uint64_t{0};
  double seconds = 1e9;
  std::string crashes = ".";
  std::vector<std::string> replay;
};

// Of the child, seen by the parent.
struct Progress {
  uint64_t execution;  // under way, or the next one
  uint64_t slowest_us;
  uint64_t slowest;  // execution
};

const Kind& FindKind(const std::string& name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found != std::end(kKinds) ? *found : kKinds[0];
}

std::vector<FileImage> LoadSeeds(const Options& options) {
  std::vector<FileImage> images;
  for (const auto& entry : fs::directory_iterator(options.seeds)) {
    if (entry.path().extension() == "." + options.kind) {
      images.push_back(FileImage::Load(entry.path()));
    }
  }
  std::ranges::sort(images, {}, &FileImage::name);  // an execution is to be repeatable
  return images;
}

void LimitMemory() {
#ifndef __SANITIZE_ADDRESS__
  constexpr rlimit kMost{rlim_t{2} << 30, rlim_t{2} << 30};
  setrlimit(RLIMIT_AS, &kMost);
#endif
}

void ExecuteOnce(const Kind& kind, const std::vector<FileImage>& images, uint64_t seed,
                 uint64_t execution, const std::string& path) {
  std::seed_seq sequence{seed, seed >> 32, execution, execution >> 32};
  Random random(sequence);
  FileImage image = images[Below(random, images.size())];
  Mutate(random, &image);
  image.Store(path);
  alarm(kLongestSeconds);
  kind.read(path, random);
  alarm(0);
}

[[noreturn]] void RunChild(const Kind& kind, const std::vector<FileImage>& images,
                           const Options& options, Clock::time_point until, const std::string& path,
                           Progress* progress) {
  LimitMemory();
  const uint64_t end = std::min(
      options.executions == ~uint64_t{0} ? ~uint64_t{0} : options.first + options.executions,
      progress->execution + kPerChild);
  while (progress->execution < end && Clock::now() < until) {
    const auto begun = Clock::now();
    ExecuteOnce(kind, images, options.seed, progress->execution, path);
    const auto took_us =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count();
    if (static_cast<uint64_t>(took_us) > progress->slowest_us) {
      progress->slowest_us = static_cast<uint64_t>(took_us);
      progress->slowest = progress->execution;
    }
    ++progress->execution;
  }
  std::exit(0);  // leaks are looked for
}

// How the child ended, when that was no good end.
std::string Trouble(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "takes too long";
  if (WIFSIGNALED(status)) return std::string("signal ") + strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "exit status " + std::to_string(WEXITSTATUS(status));
}

int Fuzz(const Options& options) {
  const Kind& kind = FindKind(options.kind);
  const auto images = LoadSeeds(options);
  if (images.empty()) {
    std::fprintf(stderr, "fuzz: no *.%s in %s; make some with tests/fuzz/make_seeds.py\n",
                 options.kind.c_str(), options.seeds.c_str());
    return 2;
  }
  // On tmpfs, where ledgers are; gone with us.
  std::string folder = "/dev/shm/seep_fuzz_XXXXXX";
  Expect(mkdtemp(folder.data()) != nullptr, "a folder in /dev/shm");
  const std::string path = folder + "/" + std::string(kind.file_name);
  auto* progress = static_cast<Progress*>(
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  Expect(progress != MAP_FAILED, "shared memory");
  progress->execution = options.first;
  const auto begun = Clock::now();
  const auto until = begun + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
  std::printf("fuzz: %s, %zu files, seed %lu\n", options.kind.c_str(), images.size(), options.seed);
  std::fflush(stdout);
  uint64_t crashes = 0;
  const auto is_over = [&] {
    return Clock::now() >= until || progress->execution - options.first >= options.executions;
  };
  while (!is_over()) {
    const pid_t child = fork();
    Expect(child >= 0, "a child");
    if (child == 0) RunChild(kind, images, options, until, path, progress);
    int status = 0;
    waitpid(child, &status, 0);
    const std::string trouble = Trouble(status);
    if (trouble.empty()) continue;
    ++crashes;
    const uint64_t execution = progress->execution++;
    const std::string kept = options.crashes + "/" + options.kind + "-" +
                             std::to_string(options.seed) + "-" + std::to_string(execution);
    if (fs::exists(path)) FileImage::Load(path).Store(kept);  // sparse, as it was
    std::printf("fuzz: %s; kept as %s; again: --seed %lu --first %lu --executions 1\n",
                trouble.c_str(), kept.c_str(), options.seed, execution);
    std::fflush(stdout);
  }
  fs::remove_all(folder);
  std::printf("fuzz: %s: %lu executions in %.0f s, slowest (%lu) %.2f s, %lu crashes\n",
              options.kind.c_str(), progress->execution - options.first,
              std::chrono::duration<double>(Clock::now() - begun).count(), progress->slowest,
              static_cast<double>(progress->slowest_us) / 1e6, crashes);
  return crashes == 0 ? 0 : 1;
}

// Files that were found before, each as often as a changing writer may need to strike.
int Replay(const Options& options) {
  constexpr uint64_t kTimes = 24;
  const Kind& kind = FindKind(options.kind);
  LimitMemory();
  std::string folder = "/dev/shm/seep_fuzz_XXXXXX";
  Expect(mkdtemp(folder.data()) != nullptr, "a folder in /dev/shm");
  const std::string path = folder + "/" + std::string(kind.file_name);
  for (const std::string& file : options.replay) {
    const FileImage image = FileImage::Load(file);
    for (uint64_t i = 0; i < kTimes; ++i) {
      Random random(i);
      image.Store(path);
      alarm(kLongestSeconds);
      kind.read(path, random);
      alarm(0);
    }
  }
  fs::remove_all(folder);
  std::printf("fuzz: %s: %zu files again\n", options.kind.c_str(), options.replay.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Damages files at random and reads them.");
  Options options;
  app.add_option("kind", options.kind)
      ->required()
      ->check(CLI::IsMember({"ledger", "spool", "database"}));
  app.add_option("seeds", options.seeds);
  app.add_option("--seed", options.seed);
  app.add_option("--first", options.first);
  app.add_option("--executions", options.executions);
  app.add_option("--seconds", options.seconds);
  app.add_option("--crashes", options.crashes);
  app.add_option("--replay", options.replay);
  CLI11_PARSE(app, argc, argv);
  return options.replay.empty() ? Fuzz(options) : Replay(options);
}
