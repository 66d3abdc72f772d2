// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/target_watch.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/watch/clock.h"
#include "probes/ledger/layout.h"
#include "probes/proc/memory_map.h"
#include "probes/proc/own_pid.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

namespace metric = model::metric;

constexpr char kProbeFile[] = "libseep.so";
constexpr char kActive[] = "active";

// New modules come at the start, and by dlopen at any time; looking at them stalls nobody.
constexpr double kFirstLookSeconds = 1;
constexpr double kLookSeconds = 60;
constexpr double kLookRest = 200;  // times its own last duration: a program may be large

}  // namespace

TargetWatch::TargetWatch(const proc::ProcessIdentity& identity, double run_started_s, double t_s)
    : own_pid_(proc::ReadOwnPid(identity.pid)),
      run_started_s_(run_started_s),
      resources_(identity.pid) {
  target_.pid = identity.pid;
  target_.start_ticks = identity.start_ticks;
  target_.parent_pid = identity.parent_pid;
  target_.first_seen_s = t_s;
  target_.last_seen_s = t_s;
  target_.probe = "not looked at yet";
  DescribeProcess();
}

void TargetWatch::DescribeProcess() {
  // Both change with an exec, and are gone with the process: a dying one has but its [name].
  std::string exe = proc::ReadExe(pid());
  if (!exe.empty() && (target_.exe.empty() || exe[0] != '[')) target_.exe = std::move(exe);
  if (std::string line = proc::ReadCommandLine(pid()); !line.empty()) {
    target_.command_line = std::move(line);
  }
  // It may give up rights after its start.
  if (struct stat status{}; stat(("/proc/" + std::to_string(pid())).c_str(), &status) == 0) {
    uid_ = status.st_uid;
  }
}

void TargetWatch::MarkEndedBefore(const std::string& exe) {
  has_ended_ = true;
  own_pid_ = pid();
  target_.exe = exe;
  target_.command_line.clear();
  uid_.reset();
}

model::TargetTick TargetWatch::Measure(double t_s, bool is_snapshot) {
  model::TargetTick tick;
  const auto identity = proc::ReadIdentity(pid());
  const auto sample = proc::ReadSample(pid());
  // A pid with another start time is another process.
  if (!identity || identity->start_ticks != target_.start_ticks || !sample) {
    // One that cannot be looked at, for want of descriptors, has not ended for that.
    const bool is_unknown = !identity && identity.error().code == model::Errc::kIo;
    const bool is_there =
        identity && !identity->is_zombie && identity->start_ticks == target_.start_ticks;
    has_ended_ = has_ended_ || (!is_unknown && !is_there);
    tick.target = target_;
    return tick;
  }
  target_.last_seen_s = t_s;
  target_.parent_pid = identity->parent_pid;

  const auto add = [&tick](const char* name, const char* unit, double value) {
    tick.measurements.push_back({name, unit, value});
  };
  const ledger::Reader::Glance ledger = heap_ ? heap_->Glance() : ledger::Reader::Glance{};
  // The pages of the ledger are ours, not the target's.
  const uint64_t own = std::min(sample->rss_shmem_bytes, ledger.populated_bytes);
  const auto shmem = static_cast<double>(sample->rss_shmem_bytes - own);
  const auto anon = static_cast<double>(sample->rss_anon_bytes);
  const auto file = static_cast<double>(sample->rss_file_bytes);
  const auto swap = static_cast<double>(sample->swap_bytes);
  add(metric::kRssAnon, "bytes", anon);
  add(metric::kRssFile, "bytes", file);
  add(metric::kRssShmem, "bytes", shmem);
  add(metric::kSwap, "bytes", swap);
  add(metric::kRssSwap, "bytes", anon + file + shmem + swap);
  add(metric::kVmSize, "bytes", static_cast<double>(sample->vm_bytes));
  add(metric::kThreads, "threads", static_cast<double>(sample->threads));
  add(metric::kCpuSeconds, "seconds", sample->cpu_seconds);
  if (sample->has_fds) add(metric::kFds, "fds", static_cast<double>(sample->fds));
  glance_.rss_bytes = anon + file + shmem;

  AddAllocator(ledger, &tick);
  if (is_snapshot) {
    const auto mappings = map_pace_.IsDue(t_s) ? AddMemoryMap(t_s, &tick) : std::nullopt;
    resources_.Measure(t_s, *sample, mappings, &tick.measurements);
  }
  tick.target = target_;
  return tick;
}

// Once an answer.
void TargetWatch::AddAllocator(const ledger::Reader::Glance& ledger, model::TargetTick* tick) {
  is_allocator_silent_ = ledger.allocator == ledger::Allocator::kSilent;
  if (ledger.allocator_asked_ticks == last_answer_ticks_) return;
  last_answer_ticks_ = ledger.allocator_asked_ticks;
  const std::pair<const char*, uint64_t> figures[] = {
      {metric::kAllocatorInUse, ledger.allocator_in_use_bytes},
      {metric::kAllocatorHeld, ledger.allocator_held_bytes},
      {metric::kAllocatorMapped, ledger.allocator_mapped_bytes}};
  for (const auto& [name, bytes] : figures) {
    tick->measurements.push_back({name, "bytes", static_cast<double>(bytes)});
  }
}

// Returns the number of mappings.
std::optional<uint64_t> TargetWatch::AddMemoryMap(double t_s, model::TargetTick* tick) {
  const auto map = proc::ReadMemoryMap(pid());
  if (!map) return std::nullopt;
  map_pace_.Looked(t_s, map->took_s);
  const std::pair<const char*, uint64_t> parts[] = {{metric::kPss, map->pss},
                                                    {metric::kAnonArenas, map->arenas},
                                                    {metric::kAnonMaps, map->anonymous},
                                                    {metric::kThreadStacks, map->thread_stacks},
                                                    {metric::kFileDirty, map->file_dirty},
                                                    {metric::kFileClean, map->file_clean},
                                                    {metric::kSeepOwn, map->seep},
                                                    {metric::kAnonHuge, map->anon_huge},
                                                    {metric::kLazyFree, map->lazy_free}};
  for (const auto& [name, bytes] : parts) {
    tick->measurements.push_back({name, "bytes", static_cast<double>(bytes)});
  }
  return map->mappings;
}

void TargetWatch::AddHeap(double t_s, const std::vector<LedgerFile>& ledgers,
                          model::TargetTick* tick) {
  if (!has_ended_) DescribeProcess();
  OpenLedger(ledgers);
  const bool is_last = HasWithdrawn();
  if (heap_) {
    auto observed = heap_->Observe(t_s);
    if (observed) {
      has_seen_memory_ = observed->samples != 0 || observed->mapped_bytes > 0;
      glance_.live_bytes = observed->live_bytes;
      glance_.suspect = heap_->TopSuspect();
      tick->measurements.push_back({metric::kHeapLive, "bytes", observed->live_bytes});
      tick->measurements.push_back({metric::kHeapLiveSe, "bytes", observed->live_se_bytes});
      tick->measurements.push_back({metric::kHeapAlloc, "bytes", observed->alloc_bytes});
      tick->measurements.push_back({metric::kMappedLive, "bytes", observed->mapped_bytes});
      tick->heap = std::move(observed->delta);
    } else {
      target_.probe = observed.error().message;
      heap_.reset();
    }
  }
  if (is_last) EndHeap(t_s);
  tick->target = target_;
}

std::vector<std::string> TargetWatch::LookForUnseen(double t_s) {
  const double started_s = MonotonicSeconds();
  std::vector<std::string> lines = unseen_.Look(target_);
  const double took_s = MonotonicSeconds() - started_s;
  const double watched_s = t_s - target_.first_seen_s;
  next_look_s_ =
      t_s + std::max(std::clamp(watched_s, kFirstLookSeconds, kLookSeconds), kLookRest * took_s);
  return lines;
}

// A living process that does not map its ledger any more; the file went with it.
bool TargetWatch::HasWithdrawn() const {
  if (!heap_ || has_ended_ || access(heap_->reader().path().c_str(), F_OK) == 0) return false;
  const std::string& path = heap_->reader().path();
  return !proc::HasMapped(pid(), path.substr(path.rfind('/') + 1));
}

void TargetWatch::EndHeap(double t_s) {
  heap_.reset();
  is_withdrawn_ = true;
  glance_.live_bytes.reset();
  glance_.suspect.clear();
  target_.probe = "withdrawn by seep detach at " + model::FormatDuration(t_s);
  notice_ = fmt::format("{} (pid {}): the probe was {}, no heap data from then on",
                        model::ProgramName(target_), target_.pid, target_.probe);
}

void TargetWatch::OpenLedger(const std::vector<LedgerFile>& ledgers) {
  const auto file = FindNewest(ledgers, own_pid_, target_.start_ticks, uid_);
  const bool is_open = heap_ && file && file->path == heap_->reader().path();
  if (is_open || (heap_ && !file)) return;  // unlinked by someone: the mapping still is good
  if (!file || !file->failure_reason.empty()) {
    if (!is_withdrawn_) DescribeProbe(file);
    return;
  }
  auto reader = ledger::Reader::Open(file->path);
  if (reader) {
    heap_.emplace(std::move(*reader), run_started_s_);
    is_withdrawn_ = false;
    target_.probe = kActive;
  } else if (reader.error().code != model::Errc::kBusy) {
    target_.probe = reader.error().message;
  }
}

void TargetWatch::DescribeProbe(const std::optional<LedgerFile>& file) {
  if (file) {
    target_.probe = file->failure_reason;
  } else if (!has_ended_) {
    target_.probe = proc::HasMapped(pid(), kProbeFile)
                        ? "loaded, no ledger yet: too little allocated so far"
                        : "not loaded: statically linked, set-user-id or started without it";
  }
}

std::vector<std::string> TargetWatch::Spent(const std::vector<LedgerFile>& ledgers) const {
  std::vector<std::string> spent;
  for (const LedgerFile& file : ledgers) {
    const bool is_earlier_image = heap_ && file.image < heap_->reader().identity().image;
    if (IsWriterOf(file) && (has_ended_ || is_earlier_image)) spent.push_back(file.path);
  }
  return spent;
}

std::vector<std::string> TargetWatch::Warnings() const {
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& text) {
    warnings.push_back(
        fmt::format("{} (pid {}): {}", model::ProgramName(target_), target_.pid, text));
  };
  if (!heap_) {
    warn((is_withdrawn_ ? "no heap data since the probe was " : "no heap data, ") + target_.probe);
    return warnings;
  }
  for (const std::string& loss : heap_->Losses()) warn(loss);
  if (is_allocator_silent_) {
    warn("its allocator gives no figures of itself: what it keeps is what the other parts leave");
  }
  constexpr double kSuspiciousRssBytes = 16 << 20;
  if (!has_seen_memory_ && glance_.rss_bytes > kSuspiciousRssBytes) {
    warn("the probe saw no allocation: the program may have an allocator linked in statically");
  }
  return warnings;
}

}  // namespace seep::agent
