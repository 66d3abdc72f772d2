// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "agent/commands/judge.h"
#include "agent/commands/ledger_run.h"
#include "agent/watch/heap_tracker.h"
#include "analysis/report/report.h"
#include "probes/ledger/reader.h"
#include "storage/model/descriptor.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/readers.h"

namespace seep::fuzz {
namespace {

// A writer that has gone mad: words of the mapped file change, and its length, while it is read.
class Changer {
 public:
  Changer(const std::string& path, uint64_t seed) : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    struct stat status {};
    if (!fd_.is_open() || fstat(fd_.get(), &status) != 0 || status.st_size < kLeastBytes) return;
    bytes_ = static_cast<uint64_t>(status.st_size);
    void* base = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (base == MAP_FAILED) return;
    base_ = static_cast<uint64_t*>(base);
    thread_ = std::thread([this, seed] { Change(seed); });
  }
  ~Changer() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
    if (base_ != nullptr) munmap(base_, bytes_);
  }

 private:
  static constexpr off_t kLeastBytes = 8192;

  // Nobody else changes the length, hence a word below it is there.
  void Change(uint64_t seed) {
    Random random(seed);
    uint64_t length = bytes_;
    while (!is_over_.load(std::memory_order_relaxed)) {
      if (Below(random, 4000) == 0) {
        length = Below(random, 2) == 0 ? bytes_ : Below(random, bytes_);
        if (ftruncate(fd_.get(), static_cast<off_t>(length)) != 0) return;
      }
      // Where a ledger of a small program has something, and at times anywhere.
      const uint64_t reach = Below(random, 8) == 0 ? length : std::min<uint64_t>(length, 600'000);
      if (reach < sizeof(uint64_t)) continue;
      const uint64_t word = Below(random, 16) == 0 ? random() : random() >> Below(random, 64);
      __atomic_store_n(base_ + Below(random, reach / sizeof(uint64_t)), word, __ATOMIC_RELAXED);
    }
  }

  const model::Descriptor fd_;
  uint64_t bytes_ = 0;
  uint64_t* base_ = nullptr;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

void Check(const ledger::Snapshot& snapshot) {
  for (const auto& stack : snapshot.counters) {
    ExpectAmount(stack.alloc_bytes, "alloc_bytes to be an amount");
    ExpectAmount(stack.alloc_objects, "alloc_objects to be an amount");
    ExpectAmount(stack.free_bytes, "free_bytes to be an amount");
    ExpectAmount(stack.free_objects, "free_objects to be an amount");
  }
  for (const auto& block : snapshot.live) {
    ExpectAmount(block.interval_bytes, "an interval to be an amount");
    ExpectAmount(block.born_s, "a birth to be an amount");
  }
  for (const auto& stack : snapshot.new_stacks) {
    Expect(stack.frames.size() <= ledger::kMaxFrames, "a stack to be no deeper than 64");
  }
}

void Check(const agent::HeapTracker::Observation& heap) {
  ExpectAmount(heap.live_bytes, "live_bytes to be an amount");
  ExpectAmount(heap.live_se_bytes, "live_se_bytes to be an amount");
  ExpectAmount(heap.alloc_bytes, "alloc_bytes to be an amount");
  ExpectAmount(heap.mapped_bytes, "mapped_bytes to be an amount");
  for (const auto& [slot, point] : heap.delta.changed) {
    ExpectAmount(point.live_bytes, "live_bytes of a stack to be an amount");
    ExpectAmount(point.live_variance, "live_variance of a stack to be an amount");
    ExpectAmount(point.live_objects, "live_objects of a stack to be an amount");
  }
  for (const auto& [slot, bin] : heap.delta.survivors) {
    ExpectAmount(bin.bytes, "survivors to be an amount");
    Expect(std::isfinite(bin.born_from_s) && bin.born_from_s < bin.born_to_s,
           "survivors to have been born");
  }
}

}  // namespace

void ReadLedger(const std::string& path, Random& random) {
  constexpr uint64_t kReportOneIn = 32;  // it opens the programs that the ledger names
  const uint64_t how = random();
  {
    std::optional<Changer> changer;
    if (how % 4 == 0) changer.emplace(path, how);
    if (auto reader = ledger::Reader::Open(path)) {
      for (int i = 0; i < 2; ++i) {
        if (const auto snapshot = reader->Read()) Check(*snapshot);
      }
      reader->GlanceAtHeader();
      ExpectAmount(reader->LastSampleSeconds(), "the last sample to have a time");
    }
    if (auto reader = ledger::Reader::Open(path)) {
      agent::HeapTracker tracker(std::move(*reader), 0);
      for (const double t_s : {1.0, 70.0, 100'000.0}) {
        if (const auto heap = tracker.Observe(t_s)) Check(*heap);
        tracker.TopSuspect();
        tracker.Losses();
        tracker.Glance();
      }
    }
  }
  if (how / 4 % kReportOneIn != 0) return;
  if (auto data = agent::ReadLedgerAsRun(path)) {
    const agent::Judgement judgement = agent::Judge(std::move(*data));
    Expect(!report::ToText(judgement.Input()).empty(), "a report");
    Expect(!report::ToJson(judgement.Input()).empty(), "a report");
  }
}

}  // namespace seep::fuzz
